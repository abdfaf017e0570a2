package allowedregistry

# The hardened flavor of the allowed registries. It is Rego v0, as Gatekeeper
# 3.12 knows no other. The grammar of image references is that of the container
# runtimes, github.com/distribution/reference: kubectl-opa fills it in.
reference = `${reference}`

host_and_port = `${host}`

identifier = `${identifier}`

digest = `^(?:sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128})$`

titles = {
  "containers": "container",
  "initContainers": "init container",
  "ephemeralContainers": "ephemeral container",
}

violation[{"msg": msg}] {
  container := judged[list][_]
  not pulled(container.image)
  msg := sprintf("%v <%v> has an image <%v> that is no image reference", [titles[list], object.get(container, "name", ""), container.image])
}

violation[{"msg": msg}] {
  container := judged[list][_]
  image := pulled(container.image)
  not allowed(image)
  msg := sprintf("%v <%v> has an invalid image registry <%v>, allowed image registries are %v", [titles[list], object.get(container, "name", ""), container.image, prefixes])
}

# Without a list nothing is allowed.
default prefixes = []

prefixes = given {
  given := input.parameters.allowed_registry
}

# The containers whose images count, by the list that they stand in. One without
# an image is left to the API server, which refuses it.
judged[list] = containers {
  titles[list]
  not deleted
  containers := [container |
    container := input.review.object.spec[list][_]
    image := container.image
    not no_image[image]
    not unchanged(list, container)
  ]
}

no_image = {"", null}

# What is deleted is shown as the object too, and must be able to go.
deleted {
  input.review.operation == "DELETE"
}

# A Pod that ran before the policy can still lose a finalizer or get a label.
unchanged(list, container) {
  input.review.operation == "UPDATE"
  old := input.review.oldObject.spec[list][_]
  old.name == container.name
  old.image == container.image
}

allowed(image) {
  beginning := beginnings[_]
  beginning.host == image.host
  begins(image.rest, beginning.rest)
}

# A beginning ends where a part of the reference ends.
begins(_, "") = true

begins(rest, beginning) {
  rest == beginning
}

begins(rest, beginning) {
  endswith(beginning, "/")
  startswith(rest, beginning)
}

begins(rest, beginning) {
  startswith(rest, concat("", [beginning, ["/", ":", "@"][_]]))
}

beginnings = [beginning | beginning := read(prefixes[_])]

# What a prefix stands for: a host, an image with its tag or digest, or a path
# of a host. It is undefined where no image can begin with the prefix.
read(prefix) = {"host": canonical(host), "rest": ""} {
  host := trim_suffix(prefix, "/")
  is_host(host)
  regex.match(host_and_port, host)
} else = pulled(prefix) {
  parsed := parse(prefix)
  concat("", [parsed.tag, parsed.digest]) != ""
} else = {"host": canonical(host), "rest": path} {
  [host, path] := place(prefix)
  regex.match(host_and_port, host)
  match(concat("/", [host, trim_suffix(path, "/")]))
}

# A name alone is an official image of Docker Hub, also as a prefix.
place(prefix) = ["docker.io", concat("", ["library/", prefix])] {
  prefix != ""
  not contains(prefix, "/")
} else = split_host(prefix)

# What the container runtime pulls: a host, and the path with the digest or the
# tag. Where there is a digest, the tag does not count. It is undefined for what
# is no image reference.
pulled(image) = {"host": parsed.host, "rest": concat("@", [parsed.path, parsed.digest])} {
  parsed := parse(image)
  parsed.digest != ""
} else = {"host": parsed.host, "rest": concat(":", [parsed.path, parsed.tag])} {
  parsed := parse(image)
  parsed.tag != ""
} else = {"host": parsed.host, "rest": concat(":", [parsed.path, "latest"])} {
  parsed := parse(image)
}

parse(image) = {"host": canonical(domain), "path": path, "tag": tag, "digest": algorithm_and_sum} {
  not regex.match(identifier, image)
  [host, remote] := split_host(image)
  [_, name, tag, algorithm_and_sum] := match(concat("/", [host, official(host, remote)]))
  known(algorithm_and_sum)
  [domain, path] := split_name(name)
  count(path) <= 255
}

match(text) = regex.find_all_string_submatch_n(reference, text, 1)[0]

known("") = true

known(text) {
  regex.match(digest, text)
}

# The first part of a path is a host where it looks like one.
split_host(text) = [hub(host), trim_prefix(text, concat("", [host, "/"]))] {
  contains(text, "/")
  host := split(text, "/")[0]
  is_host(host)
} else = ["docker.io", text]

is_host("localhost") = true

is_host(text) {
  regex.match(`[.:]`, text)
}

is_host(text) {
  lower(text) != text
}

hub(host) = "docker.io" {
  host == "index.docker.io"
} else = host

official(host, remote) = concat("", ["library/", remote]) {
  host == "docker.io"
  not contains(remote, "/")
} else = remote

# What looks like a host but cannot be one is a part of the path.
split_name(name) = [host, trim_prefix(name, concat("", [host, "/"]))] {
  host := split(name, "/")[0]
  regex.match(host_and_port, host)
} else = ["", name]

# Hosts are the same in upper and lower case.
canonical(host) = hub(lower(host))

// Asks the server at the URL of the first argument with OPA's own client, and
// prints the answers as JSON: evaluations without and with an input, and what it
// makes of an error. The second argument is a token.
import { OPAClient } from "@open-policy-agent/opa";

const [url, token] = process.argv.slice(2);
const headers = token ? { Authorization: `Bearer ${token}` } : {};
const opa = new OPAClient(url, { headers });

const failure = async (promise) => {
  try {
    return { answer: await promise };
  } catch (error) {
    return { error: error.name, message: error.errors?.[0]?.message };
  }
};

console.log(
  JSON.stringify({
    names: await opa.evaluate("p/names"),
    owner: await opa.evaluate("p/owner", { name: "opa-kubernetes-api-client" }),
    nobody: await opa.evaluate("p/owner", { name: "nobody" }),
    unknown: await failure(opa.evaluate("p/unknown")),
  }),
);

# match: apps/Deployment
# parameters: {"allowed": ["RollingUpdate"]}
package deploymentstrategy

default strategy = "RollingUpdate"

strategy = input.review.object.spec.strategy.type

violation[{"msg": msg}] {
	allowed := {a | a := input.parameters.allowed[_]}
	not allowed[strategy]
	msg := sprintf("strategy %v is not one of %v", [strategy, allowed])
}

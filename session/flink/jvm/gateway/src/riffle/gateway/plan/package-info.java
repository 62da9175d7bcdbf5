/**
 * Go functions as the planner sees them, and riffle's steps in Flink's optimizer.
 *
 * <p>{@link riffle.gateway.plan.GoFunctions} creates a function from its
 * {@link riffle.gateway.plan.Payload}. {@link riffle.gateway.plan.Optimizer} adds the other classes to
 * Flink's chain of optimizer programs. Some of them change the plan, for example to make calls of Go
 * functions possible. Others only observe it, for example to find its upsert keys.
 */
package riffle.gateway.plan;

/**
 * The part of a Go function that travels with a job and runs in TaskManagers.
 *
 * <p>{@link riffle.job.function.FunctionPayload} is the function.
 * {@link riffle.job.function.BatchFunctionOperator} and {@link riffle.job.function.RowFunctionOperator}
 * are Flink's operators for such functions, which send rows to the function host as Arrow batches or one
 * by one. Both close in a way that cannot end the TaskManager.
 */
package riffle.job.function;

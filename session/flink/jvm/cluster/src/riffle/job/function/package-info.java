/**
 * The part of a Go function that travels with a job and runs in TaskManagers.
 *
 * <p>{@link riffle.job.function.FunctionPayload} is the function.
 * {@link riffle.job.function.ColumnFunctionOperator} calls scalar functions on columns, and
 * {@link riffle.job.function.TableFunctionOperator} table functions. All that kinds of functions share is in
 * {@link riffle.job.function.BatchOperator} and {@link riffle.job.function.BatchCalls}.
 * {@link riffle.job.function.BatchFunctionOperator} and {@link riffle.job.function.RowFunctionOperator} are
 * Flink's operators, to compare with, which send rows to the function host as Arrow batches or one by one. All
 * of them close in a way that cannot end the TaskManager.
 */
package riffle.job.function;

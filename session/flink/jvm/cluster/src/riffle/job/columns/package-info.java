/**
 * Rows as columns in Arrow's layout, and back. It depends only on jars that every cluster has in its lib folder.
 *
 * <p>Out: a {@code ColumnWriter} for each column collects values, in the type that
 * {@link riffle.job.columns.ArrowForm} selects. A {@code ColumnBatch} of them leaves as one message of
 * Arrow's IPC format: {@code BatchMessage} is its metadata, {@code BatchBody} its buffers.
 * {@code SchemaMessage} is the message that precedes all batches; {@code Flatbuffer} writes what both
 * consist of. {@link riffle.job.columns.BatchWriter} writes the batches of a query's result,
 * {@link riffle.job.columns.ArgumentWriter} those of a function's arguments.
 *
 * <p>In: {@link riffle.job.columns.ResultReader} checks a batch of a function's results
 * ({@code BatchMetadata}) and makes a {@code Column} of each. {@link riffle.job.columns.ForwardedRows} keeps
 * the fields that pass by the function in the meantime. {@link riffle.job.columns.ResultRows} are the rows
 * that both make up.
 */
package riffle.job.columns;

/**
 * The sink of a query, which runs in TaskManagers and sends rows to riffle.
 *
 * <p>The data flows in this order. {@link riffle.job.rows.ArrowSinkOperator} is the last operator of the
 * job and receives Flink's rows. {@link riffle.job.rows.ArrowBatches} writes them as record batches, by the
 * writers of {@link riffle.job.columns}. {@code FrameChannel} sends the bytes as frames over one TCP
 * connection per subtask, to the address in {@link riffle.job.rows.ResultTarget}. The Go package
 * session/flink/frame describes the protocol.
 */
package riffle.job.rows;

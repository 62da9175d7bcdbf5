/**
 * The sink of a query, which runs in TaskManagers and sends rows to riffle.
 *
 * <p>The data flows in this order. {@link riffle.job.rows.ArrowSinkOperator} is the last operator of the
 * job and receives Flink's rows. {@link riffle.job.rows.ArrowBatches} writes them as record batches, by the
 * writers of {@link riffle.job.columns}. {@code FrameChannel} sends the bytes as frames over one TCP
 * connection per subtask. The Go package session/flink/frame describes the protocol.
 *
 * <p>If tasks run on the same machine as riffle, the connection leads to the address in
 * {@link riffle.job.rows.ResultTarget}. On another cluster nothing may be able to connect to riffle, so the bytes
 * go through the JobManager. {@code RowServer} waits in the subtask, and {@code RowCoordinator} connects from the
 * JobManager. {@code PackedChannel} compresses the bytes. {@code RowQueue} holds them until the client has fetched
 * them by {@link riffle.job.rows.RowRequest}s, and {@link riffle.job.rows.RowUnpacker} restores them there. Memory
 * is bounded: 4 MB for a query, 64 MB for all queries of a JobManager ({@code RowMemory}).
 */
package riffle.job.rows;

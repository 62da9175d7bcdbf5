/**
 * The gateway: entry point, table environment and statements.
 *
 * <p>{@link riffle.gateway.Main} starts the JVM's parts. A call arrives over Py4J at
 * {@link riffle.gateway.Gateway}, which runs everything that plans on one thread, in {@code Environment}.
 * The reply is JSON: a result, or a {@code Fault}. The rows of a query do not pass through here: the
 * gateway ends its plan with an {@code ArrowTableSink}, and package {@code riffle.job.rows} sends them.
 */
package riffle.gateway;

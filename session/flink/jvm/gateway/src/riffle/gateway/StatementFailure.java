package riffle.gateway;

import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.node.ArrayNode;

/** A failed statement with the views that it reads, see {@link Views#describe}. */
final class StatementFailure extends Exception {
    private static final long serialVersionUID = 1L;

    final transient ArrayNode views;

    StatementFailure(Exception cause, ArrayNode views) {
        super(cause);
        this.views = views;
    }
}

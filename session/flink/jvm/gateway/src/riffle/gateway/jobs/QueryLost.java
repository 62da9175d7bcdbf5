package riffle.gateway.jobs;

/** The rest of a query's rows cannot be fetched, although its job may go on. The message is for the user. */
public final class QueryLost extends Exception {
    private static final long serialVersionUID = 1L;

    QueryLost(String message, Throwable cause) {
        super(message, cause);
    }
}

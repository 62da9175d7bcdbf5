package riffle.job.rows;

import java.io.Serializable;

/** Where a query's rows are sent: the address of riffle's receiver, its token, and the query's name. */
public final class ResultTarget implements Serializable {
    private static final long serialVersionUID = 1L;

    final String host;
    final int port;
    final String token;
    public final String query;

    public ResultTarget(String host, int port, String token, String query) {
        this.host = host;
        this.port = port;
        this.token = token;
        this.query = query;
    }
}

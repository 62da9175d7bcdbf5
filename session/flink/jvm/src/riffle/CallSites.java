package riffle;

import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunction;
import org.apache.calcite.sql.SqlJoin;
import org.apache.calcite.sql.SqlMatchRecognize;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlNodeList;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.planner.parse.CalciteParser;

/**
 * Where a statement's text calls its functions. A plan does not know: its calls have no places, and views
 * have become part of it.
 */
final class CallSites {
    /** A kind of place that a call can stand in. */
    enum Place {
        JOIN,
        BOTH_SIDES,
        SUBQUERY,
        BOTH_QUERIES,
        MATCH,
        WATERMARK,
        LOOKUP,
        OTHER
    }

    private final CalciteParser parser;
    private final String sql;

    CallSites(CalciteParser parser, String sql) {
        this.parser = parser;
        this.sql = sql;
    }

    /**
     * The error for a call that cannot be made where it stands, with its position if the text has it. What
     * to write instead is the client's to say, by the name of the place.
     */
    RuntimeException refusal(String function, Place place, String where) {
        ValidationException refused =
                new ValidationException(function + " cannot be called in " + where + " [" + place + "]");
        Search search = new Search(function, place);
        search.visit(parser.parse(sql), Place.OTHER);
        SqlParserPos at = search.exact != null ? search.exact : search.first;
        return at == null
                ? refused
                : new CalciteContextException(
                        refused.getMessage(),
                        refused,
                        at.getLineNum(),
                        at.getColumnNum(),
                        at.getEndLineNum(),
                        at.getEndColumnNum());
    }

    /** Looks for the calls of a function, with the kind of place that is around it. */
    private static final class Search {
        private final String function;
        private final Place place;

        /** The first call in a place of the kind, and the first anywhere. */
        private SqlParserPos exact;

        private SqlParserPos first;

        Search(String function, Place place) {
            this.function = function;
            this.place =
                    place == Place.BOTH_SIDES ? Place.JOIN : place == Place.BOTH_QUERIES ? Place.SUBQUERY : place;
        }

        void visit(SqlNode node, Place around) {
            if (node instanceof SqlNodeList) {
                ((SqlNodeList) node).forEach(n -> visit(n, around));
            } else if (node instanceof SqlJoin) {
                SqlJoin join = (SqlJoin) node;
                visit(join.getLeft(), around);
                visit(join.getRight(), around);
                visit(join.getCondition(), Place.JOIN);
            } else if (node instanceof SqlCall) {
                SqlCall call = (SqlCall) node;
                if (calls(call)) {
                    first = first == null ? call.getParserPosition() : first;
                    exact = exact == null && around == place ? call.getParserPosition() : exact;
                }
                Place inside = inside(call, around);
                call.getOperandList().forEach(n -> visit(n, inside));
            }
        }

        private boolean calls(SqlCall call) {
            return call.getOperator() instanceof SqlFunction
                    && call.getOperator().getName().equalsIgnoreCase(function);
        }

        private static Place inside(SqlCall call, Place around) {
            if (call instanceof SqlMatchRecognize) {
                return Place.MATCH;
            }
            switch (call.getKind()) {
                case EXISTS:
                case IN:
                case NOT_IN:
                case SOME:
                case ALL:
                case LATERAL:
                case SCALAR_QUERY:
                    return Place.SUBQUERY;
                default:
                    return around;
            }
        }
    }
}

package riffle.gateway.plan;

import java.util.function.UnaryOperator;
import org.apache.calcite.rel.core.JoinRelType;
import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.sql.JoinType;
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
 * Finds where a statement's text calls its functions. A plan does not contain this: its calls have no
 * positions, and views have become part of it.
 */
final class CallSites {
    /** A kind of place for a call. */
    enum Place {
        JOIN,
        BOTH_SIDES,
        SUBQUERY,
        BOTH_QUERIES,
        MATCH,
        WATERMARK,
        LOOKUP,
        LEFT_LOOKUP,
        LEFT_LATERAL,
        LEFT_COLUMN,
        LATERAL_QUERY,
        OTHER
    }

    private final CalciteParser parser;
    private final String sql;

    CallSites(CalciteParser parser, String sql) {
        this.parser = parser;
        this.sql = sql;
    }

    /**
     * The error for a call that cannot be made in its place, with its position if the text has it. The
     * client selects the advice by the name of the place.
     */
    RuntimeException refusal(String function, Place place, String where) {
        Search search = search(function, place, null);
        boolean left = place == Place.LOOKUP && search.join == JoinType.LEFT;
        return refusal(search, left ? Place.LEFT_LOOKUP : place, where);
    }

    /**
     * The same for a call in the condition of a join. The message has the join type as it was typed,
     * because the plan's may differ.
     */
    RuntimeException refusal(String function, Place place, JoinRelType planned, UnaryOperator<String> where) {
        JoinType type = JoinType.valueOf(planned.name());
        Search search = search(function, place, type);
        JoinType typed = search.exact == null ? type : search.join;
        boolean outer = typed == JoinType.LEFT || typed == JoinType.RIGHT || typed == JoinType.FULL;
        return refusal(search, place, where.apply(outer ? "a " + typed + " JOIN" : "a JOIN"));
    }

    private Search search(String function, Place place, JoinType type) {
        Search search = new Search(function, place, type);
        search.visit(parser.parse(sql), Place.OTHER, null);
        return search;
    }

    private static RuntimeException refusal(Search search, Place place, String where) {
        ValidationException refused =
                new ValidationException(search.function + " cannot be called in " + where + " [" + place + "]");
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

    /** Looks for the calls of a function, and the kind of place that contains each. */
    private static final class Search {
        private final String function;
        private final Place place;

        /** The type of the join around the call in the plan; null for none. */
        private final JoinType type;

        /**
         * The first call in a place of the kind, and in a join of the type if there is one; and the
         * first call anywhere.
         */
        private SqlParserPos exact;

        private SqlParserPos first;

        /** The type of the join whose condition contains {@code exact}. */
        private JoinType join;

        Search(String function, Place place, JoinType type) {
            this.function = function;
            this.type = type;
            this.place = textual(place);
        }

        void visit(SqlNode node, Place around, JoinType within) {
            if (node instanceof SqlNodeList) {
                ((SqlNodeList) node).forEach(n -> visit(n, around, within));
            } else if (node instanceof SqlJoin) {
                SqlJoin joined = (SqlJoin) node;
                visit(joined.getLeft(), around, within);
                visit(joined.getRight(), around, within);
                visit(joined.getCondition(), Place.JOIN, joined.getJoinType());
            } else if (node instanceof SqlCall) {
                SqlCall call = (SqlCall) node;
                if (calls(call)) {
                    found(call.getParserPosition(), around, within);
                }
                Place inside = inside(call, around);
                call.getOperandList().forEach(n -> visit(n, inside, within));
            }
        }

        private void found(SqlParserPos at, Place around, JoinType within) {
            first = first == null ? at : first;
            if (around == place && (exact == null || within == type && join != type)) {
                exact = at;
                join = within;
            }
        }

        private static Place textual(Place place) {
            switch (place) {
                case BOTH_SIDES:
                case LOOKUP:
                    return Place.JOIN;
                case BOTH_QUERIES:
                case LEFT_LATERAL:
                case LEFT_COLUMN:
                case LATERAL_QUERY:
                    return Place.SUBQUERY;
                default:
                    return place;
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

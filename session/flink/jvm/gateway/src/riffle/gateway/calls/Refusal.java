package riffle.gateway.calls;

import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.flink.table.api.ValidationException;
import riffle.gateway.plan.DeclaredFunction;

/** The errors of calls. The client has a message for each of them (rules_call.go). */
final class Refusal {
    private Refusal() {}

    static CalciteContextException of(DeclaredFunction function, SqlParserPos at, String format, Object... values) {
        ValidationException reason =
                new ValidationException("a call of " + function.name() + ": " + String.format(format, values));
        return new CalciteContextException(
                reason.getMessage(),
                reason,
                at.getLineNum(),
                at.getColumnNum(),
                at.getEndLineNum(),
                at.getEndColumnNum());
    }
}

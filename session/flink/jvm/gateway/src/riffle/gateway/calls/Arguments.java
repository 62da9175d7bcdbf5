package riffle.gateway.calls;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlKind;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import riffle.gateway.plan.ArgumentTypes;
import riffle.gateway.plan.DeclaredFunction;
import riffle.gateway.plan.Parameter;

/** The arguments of a call of a Go function. */
final class Arguments {
    private final DeclaredFunction function;
    private final SqlCall call;
    private final List<Parameter> parameters;

    /** The argument of each parameter; null for those that have none. */
    private final SqlNode[] given;

    Arguments(DeclaredFunction function, SqlCall call) {
        this.function = function;
        this.call = call;
        parameters = function.parameters();
        given = new SqlNode[parameters.size()];
    }

    /** Whether a call is already one that the planner knows. */
    static boolean areComplete(DeclaredFunction function, SqlCall call) {
        return call.operandCount() == function.parameters().size()
                && call.getOperandList().stream().noneMatch(Arguments::isSpecial);
    }

    private static boolean isSpecial(SqlNode operand) {
        return operand.getKind() == SqlKind.ARGUMENT_ASSIGNMENT || isDefault(operand) || isStar(operand);
    }

    private static boolean isDefault(SqlNode operand) {
        return operand.getKind() == SqlKind.DEFAULT;
    }

    private static boolean isStar(SqlNode operand) {
        return operand instanceof SqlIdentifier && ((SqlIdentifier) operand).isStar();
    }

    /** An argument for each parameter. */
    List<SqlNode> inOrder() {
        assign();
        for (int i = 0; i < given.length; i++) {
            given[i] = complete(parameters.get(i), given[i]);
        }
        return Arrays.asList(given);
    }

    private void assign() {
        int positional = 0;
        boolean named = false;
        for (SqlNode operand : call.getOperandList()) {
            if (operand.getKind() == SqlKind.ARGUMENT_ASSIGNMENT) {
                named = true;
                SqlIdentifier name = ((SqlCall) operand).operand(1);
                int i = find(name);
                if (given[i] != null) {
                    throw refusal(name.getParserPosition(), "%s has two arguments", parameters.get(i).name());
                }
                given[i] = ((SqlCall) operand).operand(0);
            } else if (named) {
                throw refusal(operand.getParserPosition(), "position after name: %s", missing());
            } else if (positional == given.length) {
                throw refusal(
                        call.getParserPosition(), "%d arguments: %s", call.operandCount(), form());
            } else {
                given[positional++] = operand;
            }
        }
    }

    /** The index of the parameter with a name. Case is ignored, as in names of functions. */
    private int find(SqlIdentifier name) {
        for (int i = 0; i < parameters.size(); i++) {
            if (name.isSimple() && parameters.get(i).name().equals(name.getSimple())) {
                return i;
            }
        }
        for (int i = 0; i < parameters.size(); i++) {
            if (name.isSimple() && parameters.get(i).name().equalsIgnoreCase(name.getSimple())) {
                return i;
            }
        }
        String names = parameters.stream().map(Parameter::name).collect(Collectors.joining(", "));
        throw refusal(name.getParserPosition(), "no parameter %s: %s", String.join(".", name.names), names);
    }

    private SqlNode complete(Parameter parameter, SqlNode argument) {
        if (argument != null && isStar(argument)) {
            return row(parameter, (SqlIdentifier) argument);
        }
        if (argument != null && !isDefault(argument)) {
            return argument;
        }
        SqlParserPos at = (argument == null ? call : argument).getParserPosition();
        if (parameter.isRequired()) {
            throw argument == null
                    ? refusal(at, "no argument for %s: %s", parameter.name(), form())
                    : refusal(at, "no default of %s: %s", parameter.name(), form());
        }
        return Constant.parse(parameter.defaultValue(), at);
    }

    private SqlNode row(Parameter parameter, SqlIdentifier star) {
        if (!parameter.type().is(LogicalTypeRoot.ROW)) {
            throw refusal(
                    star.getParserPosition(),
                    "%s is a row and %s is %s",
                    text(star),
                    parameter.name(),
                    ArgumentTypes.text(parameter.type()));
        }
        return new WholeRow(function, parameter, star).row();
    }

    static String text(SqlIdentifier star) {
        return star.toString().replace("`", "");
    }

    /** The first parameter without an argument. */
    private String missing() {
        for (int i = 0; i < given.length; i++) {
            if (given[i] == null) {
                return parameters.get(i).name();
            }
        }
        return "";
    }

    /** The form of a call, with the parameters that can be omitted in brackets. */
    private String form() {
        return parameters.stream()
                .map(p -> p.isRequired() ? p.name() : "[" + p.name() + "]")
                .collect(Collectors.joining(", ", function.name() + "(", ")"));
    }

    private RuntimeException refusal(SqlParserPos at, String format, Object... values) {
        return Refusal.of(function, at, format, values);
    }
}

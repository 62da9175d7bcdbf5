package riffle.gateway.plan;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.calcite.rex.RexCall;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunctionKind;
import org.apache.flink.table.functions.python.PythonScalarFunction;
import org.apache.flink.table.planner.functions.bridging.BridgingSqlFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.apache.flink.table.types.utils.TypeConversions;

/**
 * A scalar function of the user's, in the only form in which Flink lets another language in: as a
 * Python function. Its payload is ours alone to read.
 */
public final class GoFunction extends PythonScalarFunction {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final DataType[] arguments;
    private final DataType result;
    private final boolean skips;

    private GoFunction(
            String name,
            byte[] payload,
            DataType[] arguments,
            DataType result,
            boolean skips,
            boolean varies,
            PythonFunctionKind kind) {
        super(name, payload, arguments, result, kind, !varies, false, new PythonEnv(PythonEnv.ExecType.PROCESS));
        this.name = name;
        this.arguments = arguments;
        this.result = result;
        this.skips = skips;
    }

    /**
     * Reads {@code {name, payload, arguments[], result, byRow, skips, varies}}, payload in base64, types in SQL.
     * The function gets its arguments as Arrow batches, which Flink calls PANDAS, or else row by row.
     * Results are nullable whatever the Go function's signature says: a row that fails may become NULL,
     * and the planner would take IS NULL for false.
     */
    public static GoFunction of(JsonNode f) {
        List<DataType> arguments = new ArrayList<>();
        f.get("arguments").forEach(type -> arguments.add(dataType(type.asText())));
        return new GoFunction(
                f.get("name").asText(),
                Base64.getDecoder().decode(f.get("payload").asText()),
                arguments.toArray(new DataType[0]),
                dataType(f.get("result").asText()),
                f.path("skips").asBoolean(),
                f.path("varies").asBoolean(),
                f.path("byRow").asBoolean() ? PythonFunctionKind.GENERAL : PythonFunctionKind.PANDAS);
    }

    @Override
    public TypeInference getTypeInference(DataTypeFactory factory) {
        return TypeInference.newBuilder()
                .inputTypeStrategy(new ArgumentTypes(arguments))
                .outputTypeStrategy(TypeStrategies.explicit(result))
                .build();
    }

    /**
     * Says of each row whether the functions that are called beside it want it kept. It is the function
     * host's own (udfhost.KeptPayload), called with anything.
     */
    static GoFunction kept() {
        return new GoFunction(
                "riffle_kept",
                "riffle:kept".getBytes(StandardCharsets.UTF_8),
                new DataType[0],
                DataTypes.BOOLEAN().notNull(),
                false,
                false,
                PythonFunctionKind.PANDAS);
    }

    /** One that is there for a moment and never called, see {@link riffle.gateway.FunctionNames}. */
    public static GoFunction probe(String name, List<String> arguments) {
        return new GoFunction(
                name,
                new byte[0],
                arguments.stream().map(GoFunction::dataType).toArray(DataType[]::new),
                DataTypes.STRING(),
                false,
                false,
                PythonFunctionKind.GENERAL);
    }

    /** The function that a call calls, null if it is another kind of function. */
    static GoFunction of(RexCall call) {
        FunctionDefinition definition =
                call.getOperator() instanceof BridgingSqlFunction
                        ? ((BridgingSqlFunction) call.getOperator()).getDefinition()
                        : null;
        return definition instanceof GoFunction ? (GoFunction) definition : null;
    }

    /** The type of a parameter. */
    LogicalType argument(int i) {
        return arguments[i].getLogicalType();
    }

    public String name() {
        return name;
    }

    /** Whether a row for which the function fails is left out. */
    boolean skips() {
        return skips;
    }

    private static DataType dataType(String sql) {
        return sql.equals("BYTES")
                ? DataTypes.BYTES()
                : TypeConversions.fromLogicalToDataType(
                        LogicalTypeParser.parse(sql, GoFunction.class.getClassLoader()));
    }

    /** The same function with more to its payload, so that its calls are not those of this one. */
    GoFunction numbered(String number) {
        String payload = new String(getSerializedPythonFunction(), StandardCharsets.UTF_8) + number;
        return new GoFunction(
                name,
                payload.getBytes(StandardCharsets.UTF_8),
                arguments,
                result,
                skips,
                !isDeterministic(),
                getPythonFunctionKind());
    }

    /** The same function, called row by row. */
    GoFunction byRow() {
        return new GoFunction(
                name,
                getSerializedPythonFunction(),
                arguments,
                result,
                skips,
                !isDeterministic(),
                PythonFunctionKind.GENERAL);
    }
}

package riffle.gateway.plan;

import java.util.List;
import org.apache.calcite.rex.RexCall;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunctionKind;
import org.apache.flink.table.functions.python.PythonScalarFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;
import org.apache.flink.table.types.logical.utils.LogicalTypeParser;
import org.apache.flink.table.types.utils.TypeConversions;

/**
 * A scalar function of the user, as a Python function: Flink supports functions of other languages only in
 * this form. Only riffle reads its payload.
 */
public final class GoFunction extends PythonScalarFunction implements DeclaredFunction {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final List<Parameter> parameters;
    private final DataType result;

    /** The function gets its arguments as Arrow batches, which Flink calls PANDAS. */
    private GoFunction(String name, Payload payload, List<Parameter> parameters, DataType result) {
        super(
                name,
                payload.bytes(),
                Parameter.types(parameters),
                result,
                PythonFunctionKind.PANDAS,
                !payload.varies(),
                false,
                new PythonEnv(PythonEnv.ExecType.PROCESS));
        this.name = name;
        this.parameters = parameters;
        this.result = result;
    }

    /**
     * A function to register, with types in SQL. Results are nullable whatever the Go function's
     * signature says: a row that fails may become NULL, and otherwise the planner would treat IS NULL
     * as false.
     */
    static GoFunction scalar(String name, Payload payload, List<Parameter> parameters, String result) {
        return new GoFunction(name, payload, parameters, dataType(result));
    }

    @Override
    public TypeInference getTypeInference(DataTypeFactory factory) {
        return TypeInference.newBuilder()
                .inputTypeStrategy(new ArgumentTypes(Parameter.types(parameters)))
                .outputTypeStrategy(TypeStrategies.explicit(result))
                .build();
    }

    /**
     * Reports for each row whether the other functions of the operator keep it. It is the function
     * host's own, and its arguments have no meaning.
     */
    static GoFunction kept() {
        return new GoFunction(
                "riffle_kept", Payload.ofKind(Payload.KEPT), List.of(), DataTypes.BOOLEAN().notNull());
    }

    /**
     * A function that exists for a moment and is never called, see
     * {@link riffle.gateway.FunctionNames}.
     */
    public static GoFunction probe(String name, List<String> arguments) {
        return new GoFunction(
                name, Payload.ofKind(Payload.SCALAR), Parameter.unnamed(arguments), DataTypes.STRING());
    }

    /** The scalar function that a call calls; null if it is not a Go function. */
    static GoFunction of(RexCall call) {
        DeclaredFunction function = DeclaredFunction.of(call);
        return function instanceof GoFunction ? (GoFunction) function : null;
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    public String name() {
        return name;
    }

    /** Whether a row for which the function fails is left out. */
    boolean skips() {
        return payload().skips();
    }

    private Payload payload() {
        return Payload.of(getSerializedPythonFunction());
    }

    static DataType dataType(String sql) {
        return sql.equals("BYTES")
                ? DataTypes.BYTES()
                : TypeConversions.fromLogicalToDataType(
                        LogicalTypeParser.parse(sql, GoFunction.class.getClassLoader()));
    }

    @Override
    public GoFunction numbered(int call) {
        return new GoFunction(name, payload().numbered(call), parameters, result);
    }
}

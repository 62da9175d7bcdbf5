package riffle.gateway.plan;

import java.util.List;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunctionKind;
import org.apache.flink.table.functions.python.PythonTableFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategies;

/** A table function of the user, as a Python function, like {@link GoFunction}. */
public final class GoTableFunction extends PythonTableFunction implements DeclaredFunction {
    private static final long serialVersionUID = 1L;

    private final String name;
    private final List<Parameter> parameters;
    private final DataType row;

    private GoTableFunction(String name, Payload payload, List<Parameter> parameters, DataType row) {
        super(
                name,
                payload.bytes(),
                Parameter.types(parameters),
                row,
                PythonFunctionKind.GENERAL,
                !payload.varies(),
                false,
                new PythonEnv(PythonEnv.ExecType.PROCESS));
        this.name = name;
        this.parameters = parameters;
        this.row = row;
    }

    /** A function to register, with types in SQL. {@code row} is the ROW of its columns. */
    static GoTableFunction of(String name, Payload payload, List<Parameter> parameters, String row) {
        return new GoTableFunction(name, payload, parameters, GoFunction.dataType(row));
    }

    @Override
    public TypeInference getTypeInference(DataTypeFactory factory) {
        return TypeInference.newBuilder()
                .inputTypeStrategy(new ArgumentTypes(Parameter.types(parameters)))
                .outputTypeStrategy(TypeStrategies.explicit(row))
                .build();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    public GoTableFunction numbered(int call) {
        return new GoTableFunction(name, Payload.of(getSerializedPythonFunction()).numbered(call), parameters, row);
    }
}

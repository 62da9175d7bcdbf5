package riffle;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.apache.flink.shaded.jackson2.com.fasterxml.jackson.databind.JsonNode;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunctionKind;
import org.apache.flink.table.functions.python.PythonScalarFunction;
import org.apache.flink.table.types.DataType;
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

    private GoFunction(
            String name, byte[] payload, DataType[] arguments, DataType result, PythonFunctionKind kind) {
        super(name, payload, arguments, result, kind, true, false, new PythonEnv(PythonEnv.ExecType.PROCESS));
        this.name = name;
        this.arguments = arguments;
        this.result = result;
    }

    /**
     * Reads {@code {name, payload, arguments[], result}}, payload in base64, types in SQL. The function
     * gets its arguments as Arrow batches, which Flink calls PANDAS.
     */
    static GoFunction of(JsonNode f) {
        List<DataType> arguments = new ArrayList<>();
        f.get("arguments").forEach(type -> arguments.add(dataType(type.asText())));
        return new GoFunction(
                f.get("name").asText(),
                Base64.getDecoder().decode(f.get("payload").asText()),
                arguments.toArray(new DataType[0]),
                dataType(f.get("result").asText()),
                PythonFunctionKind.PANDAS);
    }

    private static DataType dataType(String sql) {
        return sql.equals("BYTES")
                ? DataTypes.BYTES()
                : TypeConversions.fromLogicalToDataType(
                        LogicalTypeParser.parse(sql, GoFunction.class.getClassLoader()));
    }

    /** The same function, called row by row. */
    GoFunction byRow() {
        return new GoFunction(
                name, getSerializedPythonFunction(), arguments, result, PythonFunctionKind.GENERAL);
    }
}

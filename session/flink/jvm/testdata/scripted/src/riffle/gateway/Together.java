package riffle.gateway;

import java.nio.charset.StandardCharsets;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunctionKind;
import org.apache.flink.table.functions.python.PythonScalarFunction;
import org.apache.flink.table.types.DataType;

/** A function in a jar that takes its arguments as one row. */
public class Together extends PythonScalarFunction {
    public Together() {
        super(
                "together",
                "{\"riffle\":2,\"kind\":\"scalar\",\"function\":\"together\"}".getBytes(StandardCharsets.UTF_8),
                new DataType[] {DataTypes.BIGINT(), DataTypes.BIGINT()},
                DataTypes.BIGINT(),
                PythonFunctionKind.GENERAL,
                true,
                true,
                new PythonEnv(PythonEnv.ExecType.PROCESS));
    }
}

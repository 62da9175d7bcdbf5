package kinds;

import java.nio.charset.StandardCharsets;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunctionKind;
import org.apache.flink.table.functions.python.PythonTableFunction;
import org.apache.flink.table.types.DataType;

/** A table function: a number of rows for a BIGINT. */
public class Pieces extends PythonTableFunction {
    public Pieces() {
        super(
                "pieces",
                "pieces".getBytes(StandardCharsets.UTF_8),
                new DataType[] {DataTypes.BIGINT()},
                DataTypes.ROW(DataTypes.FIELD("piece", DataTypes.BIGINT()), DataTypes.FIELD("text", DataTypes.STRING())),
                PythonFunctionKind.GENERAL,
                true,
                false,
                new PythonEnv(PythonEnv.ExecType.PROCESS));
    }
}

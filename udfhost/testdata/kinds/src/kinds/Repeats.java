package kinds;

import java.nio.charset.StandardCharsets;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunctionKind;
import org.apache.flink.table.functions.python.PythonTableFunction;
import org.apache.flink.table.types.DataType;

/** A table function that is called on columns, see {@link RepeatsOperator}. */
public class Repeats extends PythonTableFunction {
    static final String NAME = "repeats";

    public Repeats() {
        super(
                NAME,
                NAME.getBytes(StandardCharsets.UTF_8),
                new DataType[] {DataTypes.BIGINT()},
                DataTypes.ROW(DataTypes.FIELD("n", DataTypes.BIGINT())),
                PythonFunctionKind.GENERAL,
                true,
                false,
                new PythonEnv(PythonEnv.ExecType.PROCESS));
    }
}

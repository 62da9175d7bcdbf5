package kinds;

import java.nio.charset.StandardCharsets;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.functions.python.PythonAggregateFunction;
import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunctionKind;
import org.apache.flink.table.types.DataType;

/** An aggregate of BIGINTs. */
public class Counted extends PythonAggregateFunction {
    public Counted() {
        super(
                "counted",
                "counted".getBytes(StandardCharsets.UTF_8),
                new DataType[] {DataTypes.BIGINT()},
                DataTypes.BIGINT(),
                DataTypes.ROW(DataTypes.FIELD("kept", DataTypes.BIGINT())),
                PythonFunctionKind.GENERAL,
                true,
                false,
                new PythonEnv(PythonEnv.ExecType.PROCESS));
    }
}

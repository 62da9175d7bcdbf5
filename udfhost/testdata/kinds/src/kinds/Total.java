package kinds;

import java.nio.charset.StandardCharsets;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.functions.python.PythonAggregateFunction;
import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunctionKind;
import org.apache.flink.table.types.DataType;

/** An aggregate of BIGINTs. */
public class Total extends PythonAggregateFunction {
    public Total() {
        super(
                "total",
                "total".getBytes(StandardCharsets.UTF_8),
                new DataType[] {DataTypes.BIGINT()},
                DataTypes.BIGINT(),
                DataTypes.ROW(DataTypes.FIELD("kept", DataTypes.BIGINT())),
                PythonFunctionKind.PANDAS,
                true,
                false,
                new PythonEnv(PythonEnv.ExecType.PROCESS));
    }
}

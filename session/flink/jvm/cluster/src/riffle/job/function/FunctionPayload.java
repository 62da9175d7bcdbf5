package riffle.job.function;

import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunction;
import org.apache.flink.table.functions.python.PythonFunctionKind;

/**
 * The part of a Go function that travels with a job: the payload, which the function host reads, and how
 * the function is called. The rest of the planner's function, such as its types, is not included.
 */
public final class FunctionPayload implements PythonFunction {
    private static final long serialVersionUID = 1L;

    private final byte[] payload;
    private final PythonFunctionKind kind;
    private final boolean takesRow;

    /** The payload of a function that the planner knows. */
    public FunctionPayload(PythonFunction planned) {
        payload = planned.getSerializedPythonFunction();
        kind = planned.getPythonFunctionKind();
        takesRow = planned.takesRowAsInput();
    }

    @Override
    public byte[] getSerializedPythonFunction() {
        return payload;
    }

    @Override
    public PythonEnv getPythonEnv() {
        return new PythonEnv(PythonEnv.ExecType.PROCESS);
    }

    @Override
    public PythonFunctionKind getPythonFunctionKind() {
        return kind;
    }

    @Override
    public boolean takesRowAsInput() {
        return takesRow;
    }
}

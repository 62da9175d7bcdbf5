package riffle.job.function;

import org.apache.flink.table.functions.python.PythonEnv;
import org.apache.flink.table.functions.python.PythonFunction;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
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
    private final int concurrent;

    /**
     * The payload of a function that the planner knows. {@code concurrent}: how many rows it computes at a time if it is
     * asynchronous; otherwise 1.
     */
    public FunctionPayload(PythonFunction planned, int concurrent) {
        this.concurrent = concurrent;
        payload = planned.getSerializedPythonFunction();
        kind = planned.getPythonFunctionKind();
        takesRow = planned.takesRowAsInput();
    }

    /** How many rows a call, with those that are its arguments, computes at a time. */
    static int concurrent(PythonFunctionInfo call) {
        PythonFunction function = call.getPythonFunction();
        int most = function instanceof FunctionPayload ? ((FunctionPayload) function).concurrent : 1;
        for (Object input : call.getInputs()) {
            if (input instanceof PythonFunctionInfo) {
                most = Math.max(most, concurrent((PythonFunctionInfo) input));
            }
        }
        return most;
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

package riffle.job.function;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.accumulators.Accumulator;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * What the functions of a job report, as an accumulator: the last report of each worker, by the worker's name.
 * Flink sends it with its heartbeats, and with the end of a task. So it is complete at the end of a job, unlike
 * metrics, which nobody can read after the end of a task.
 *
 * <p>A report is a text: the worker's name, the report's number, and what only the session reads, separated by
 * spaces. A worker in riffle's process reports nothing.
 *
 * <p>The JobManager and the gateway load this class, so it uses nothing of Beam's.
 */
public final class FunctionReports implements Accumulator<String, HashMap<String, String>> {
    /** The accumulator's name. */
    public static final String NAME = "riffle.functions";

    private static final long serialVersionUID = 1L;

    /** Replaced and never changed: heartbeats read it while Beam's threads add to it. */
    private volatile HashMap<String, String> last = new HashMap<>();

    /** Those of a task, in which the chained operators share them. */
    static FunctionReports of(RuntimeContext context) {
        Accumulator<String, HashMap<String, String>> known = context.getAccumulator(NAME);
        if (known != null) {
            return (FunctionReports) known;
        }
        FunctionReports reports = new FunctionReports();
        context.addAccumulator(NAME, reports);
        return reports;
    }

    @Override
    public synchronized void add(String report) {
        HashMap<String, String> next = new HashMap<>(last);
        next.merge(report.substring(0, report.indexOf(' ')), report, FunctionReports::newer);
        last = next;
    }

    private static String newer(String a, String b) {
        return number(a) > number(b) ? a : b;
    }

    private static long number(String report) {
        return Long.parseLong(report.split(" ", 3)[1]);
    }

    @Override
    public HashMap<String, String> getLocalValue() {
        return last;
    }

    @Override
    public void resetLocal() {
        last = new HashMap<>();
    }

    @Override
    public synchronized void merge(Accumulator<String, HashMap<String, String>> other) {
        HashMap<String, String> next = new HashMap<>(last);
        for (Map.Entry<String, String> report : other.getLocalValue().entrySet()) {
            next.merge(report.getKey(), report.getValue(), FunctionReports::newer);
        }
        last = next;
    }

    @Override
    public Accumulator<String, HashMap<String, String>> clone() {
        FunctionReports copy = new FunctionReports();
        copy.last = last;
        return copy;
    }
}

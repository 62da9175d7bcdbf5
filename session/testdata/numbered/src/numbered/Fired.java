package numbered;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ScalarFunction;

/**
 * A function that returns its argument, and resumes a paused source of the same run when two subtasks have
 * called it. Behind windows, it is called when watermarks have come from all subtasks that are not idle.
 */
public final class Fired extends ScalarFunction {
    private static final long serialVersionUID = 1L;
    private static final long MOST_SECONDS = 20; // then the source goes on, and the answer is another
    private static final Map<String, Run> RUNS = new ConcurrentHashMap<>();

    private transient int subtask;

    private static final class Run {
        final Set<Integer> subtasks = new HashSet<>();
        final CompletableFuture<Void> fired = new CompletableFuture<Void>().completeOnTimeout(null, MOST_SECONDS, TimeUnit.SECONDS);
    }

    static CompletableFuture<Void> in(String run) {
        return RUNS.computeIfAbsent(run, r -> new Run()).fired;
    }

    @Override
    public void open(FunctionContext context) {
        subtask = context.getTaskInfo().getIndexOfThisSubtask();
    }

    public long eval(long value, String run) {
        Run r = RUNS.computeIfAbsent(run, name -> new Run());
        synchronized (r) {
            if (r.subtasks.add(subtask) && r.subtasks.size() == 2) {
                r.fired.complete(null);
            }
        }
        return value;
    }

    @Override
    public boolean isDeterministic() {
        return false;
    }
}

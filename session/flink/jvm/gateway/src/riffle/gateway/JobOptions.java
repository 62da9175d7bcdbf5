package riffle.gateway;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.table.api.config.ExecutionConfigOptions;
import org.apache.flink.table.api.config.OptimizerConfigOptions;
import org.apache.flink.table.api.config.TableConfigOptions;
import org.apache.flink.table.planner.utils.InternalConfigOptions;
import riffle.gateway.jobs.JobRunner;

/** Options for the translation of one statement's job, besides those that the session has set. */
final class JobOptions {
    private static final String PYTHON_JOB_OPTIONS = "python.job-options";

    private final JobRunner runner;
    private final Configuration base;
    private final Set<String> changed;

    /** {@code base} are the options at the start, {@code changed} the keys that the session has set since. */
    JobOptions(JobRunner runner, Configuration base, Set<String> changed) {
        this.runner = runner;
        this.base = base;
        this.changed = changed;
    }

    /** The options of any job. {@code withFunctions}: the session has Go functions. */
    Map<String, String> of(String sql, String query, Configuration session, boolean withFunctions) {
        Map<String, String> options = new HashMap<>();
        // The client waits for jobs: a statement returns when its job is submitted.
        options.put(TableConfigOptions.TABLE_DML_SYNC.key(), "false");
        // Passes the name of the query to the function host (udfhost's queryVariable).
        String own = "RIFFLE_QUERY:" + query;
        String set = session.getString(PYTHON_JOB_OPTIONS, null);
        options.put(PYTHON_JOB_OPTIONS, set == null ? own : set + "," + own);
        // Flink's execution environment keeps an option once it is set, so these are set for each job.
        if (free(PipelineOptions.NAME)) {
            options.put(PipelineOptions.NAME.key(), runner.jobName(sql, query));
        }
        if (free(PipelineOptions.OBJECT_REUSE)) {
            options.put(PipelineOptions.OBJECT_REUSE.key(), "false");
        }
        if (free(OptimizerConfigOptions.TABLE_OPTIMIZER_MULTIPLE_INPUT_ENABLED)) {
            // In batch mode Flink would put operators of functions into one with the join that follows, where they
            // cannot be replaced (GoOperators).
            options.put(
                    OptimizerConfigOptions.TABLE_OPTIMIZER_MULTIPLE_INPUT_ENABLED.key(),
                    String.valueOf(!withFunctions));
        }
        if (runner.outlivesSession()) {
            options.put(
                    CoreOptions.DEFAULT_PARALLELISM.key(),
                    String.valueOf(session.get(CoreOptions.DEFAULT_PARALLELISM)));
        }
        options.put(InternalConfigOptions.TABLE_EXEC_NON_TEMPORAL_SORT_ENABLED.key(), "true");
        return options;
    }

    /** Adds the options of a query, whose rows are sent to riffle. */
    void addOfQuery(Map<String, String> options) {
        // Sinks reject a second rowtime column, which collect() would accept; the result sink does not
        // use record timestamps.
        options.put(ExecutionConfigOptions.TABLE_EXEC_SINK_ROWTIME_INSERTER.key(), "disabled");
        // A restarted query begins its table again. From a checkpoint or a savepoint it would send only
        // the rows after it.
        options.put(CheckpointingOptions.CHECKPOINTING_INTERVAL.key(), null);
        options.put(StateRecoveryOptions.SAVEPOINT_PATH.key(), null);
        if (runner.outlivesSession()) {
            // Such a cluster may restart some of a job's subtasks, and keep the rows of the others.
            options.put(RestartStrategyOptions.RESTART_STRATEGY.key(), "none");
            if (!changed.contains(CoreOptions.DEFAULT_PARALLELISM.key())) {
                options.put(CoreOptions.DEFAULT_PARALLELISM.key(), "1");
            }
        }
    }

    /** Whether neither the session nor the start has set an option. */
    boolean free(ConfigOption<?> option) {
        return !changed.contains(option.key()) && !base.contains(option);
    }
}

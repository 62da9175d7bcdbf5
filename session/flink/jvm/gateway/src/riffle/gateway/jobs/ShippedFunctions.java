package riffle.gateway.jobs;

import java.io.File;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.flink.api.common.cache.DistributedCache.DistributedCacheEntry;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.fs.Path;
import org.apache.flink.python.PythonOptions;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.python.AbstractPythonFunctionOperator;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.util.TimeUtils;

/**
 * What travels with the jobs that call Go functions, to a cluster that riffle has not started: an archive with
 * the worker and the program. Flink unpacks it beside each task, and starts the worker as its Python. A job
 * keeps its archive, so it restarts with the functions that it began with.
 *
 * <p>All of this is added to the job's operators and not to the session's settings: Flink's environment keeps
 * every file that a setting has ever named, and would send the archives of all earlier declarations too.
 */
public final class ShippedFunctions {
    /** The folder into which Flink unpacks the archive. The worker knows the name. */
    private static final String FOLDER = "riffle";

    private static final String WORKER = FOLDER + "/riffle-python";
    private static final String LOOPBACK = "PYTHON_LOOPBACK_SERVER_ADDRESS";
    private static final String JAIL_VARIABLE = "RIFFLE_JAIL";
    private static final String NETWORK_VARIABLE = "RIFFLE_NETWORK";
    private static final String LIMIT_VARIABLE = "RIFFLE_BUNDLE_LIMIT";

    private static final ConfigOption<String> JAIL =
            ConfigOptions.key("riffle.functions.jail").stringType().defaultValue("on");

    private static final ConfigOption<String> NETWORK =
            ConfigOptions.key("riffle.functions.network").stringType().defaultValue("");

    private final String program;
    private final File archive;
    private final boolean withRuntime;
    private final String bundleLimit;

    /**
     * The archive of a program, which is known by its hash. {@code withRuntime}: flink-python travels too,
     * because the cluster does not have it. {@code cancellation}: the cluster's {@code task.cancellation.timeout}; empty
     * if it is not set.
     */
    public ShippedFunctions(String program, File archive, boolean withRuntime, String cancellation) {
        this.program = program;
        this.archive = archive;
        this.withRuntime = withRuntime;
        this.bundleLimit = bundleLimit(cancellation);
    }

    /**
     * How long functions may take for a bundle of rows, as Go writes it. A bundle in progress keeps its task from
     * being cancelled, and Flink ends a TaskManager whose task is not cancelled in time. The rest of the time is
     * for the other steps of the cancellation.
     */
    private static String bundleLimit(String cancellation) {
        Duration whole =
                cancellation.isEmpty()
                        ? TaskManagerOptions.TASK_CANCELLATION_TIMEOUT.defaultValue()
                        : TimeUtils.parseDuration(cancellation);
        return whole.toMillis() * 2 / 3 + "ms";
    }

    /** Adds the archive to a job that calls functions of some programs. */
    void addTo(StreamGraph job, ReadableConfig options, Set<String> programs) {
        if (!programs.equals(Set.of(program))) {
            throw new ValidationException(
                    "the Go functions were declared again while the statement was planned: run it again");
        }
        for (StreamNode node : job.getStreamNodes()) {
            StreamOperatorFactory<?> factory = node.getOperatorFactory();
            if (factory instanceof SimpleOperatorFactory) {
                StreamOperator<?> operator = ((SimpleOperatorFactory<?>) factory).getOperator();
                if (operator instanceof AbstractPythonFunctionOperator) {
                    configure(((AbstractPythonFunctionOperator<?>) operator).getConfiguration(), options);
                }
            }
        }
        job.addUserArtifact(key(), new DistributedCacheEntry(archive.getPath(), false));
        if (withRuntime) {
            job.addJar(jarOf(PythonOptions.class));
        }
    }

    private void configure(Configuration operator, ReadableConfig options) {
        operator.set(PythonOptions.PYTHON_EXECUTABLE, WORKER);
        operator.set(
                PythonOptions.PYTHON_ARCHIVES_DISTRIBUTED_CACHE_INFO, Map.of(key(), archive.getName() + "#" + FOLDER));
        Map<String, String> variables = new HashMap<>(operator.get(PythonOptions.PYTHON_JOB_OPTIONS));
        variables.remove(LOOPBACK);
        variables.put(JAIL_VARIABLE, options.get(JAIL));
        variables.put(NETWORK_VARIABLE, options.get(NETWORK));
        variables.put(LIMIT_VARIABLE, bundleLimit);
        operator.set(PythonOptions.PYTHON_JOB_OPTIONS, variables);
        operator.removeConfig(PythonOptions.PYTHON_LOOPBACK_SERVER_ADDRESS);
    }

    /** The archive's name in Flink's distributed cache. */
    private String key() {
        return "riffle_" + archive.getName();
    }

    private static Path jarOf(Class<?> type) {
        try {
            return new Path(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}

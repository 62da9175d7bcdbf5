package riffle.gateway.jobs;

import java.io.File;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.client.deployment.StandaloneClusterId;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.runtime.rest.messages.JobExceptionsHeaders;
import org.apache.flink.runtime.rest.messages.JobExceptionsInfoWithHistory;
import org.apache.flink.runtime.rest.messages.JobMessageParameters;
import org.apache.flink.runtime.rest.messages.job.JobExceptionsMessageParameters;
import org.apache.flink.runtime.rest.messages.job.JobExecutionResultHeaders;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import riffle.job.rows.ArrowSink;

/**
 * An existing cluster. Everything goes through its REST endpoint.
 *
 * <p>Queries end with the session: this class reports a heartbeat for each of them, without which the JobManager
 * cancels it. Other jobs go on.
 */
public final class RemoteCluster implements JobRunner {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteCluster.class);

    /** The JobManager cancels a query that has had no heartbeat for this time. It checks once a minute. */
    private static final long HEARTBEAT_TIMEOUT_MILLIS = 60_000;

    private static final long HEARTBEAT_MILLIS = 10_000;
    private static final long MAX_PATIENCE_MILLIS = 5_000;

    /** The cluster's options that apply to jobs which do not set them: keys, and beginnings of keys. */
    private static final List<String> JOB_DEFAULTS =
            List.of(
                    "parallelism.default",
                    "pipeline.max-parallelism",
                    "restart-strategy.",
                    "execution.checkpointing.",
                    "state.savepoints.dir"); // the older name of execution.checkpointing.savepoint-dir

    private static final Pattern TEXTS = Pattern.compile("'(?:[^']|'')*'");
    private static final Pattern SPACE = Pattern.compile("(?:\\s|--[^\n]*|/\\*.*?\\*/)+", Pattern.DOTALL);
    private static final int MAX_NAME = 80;

    private final ClusterConnection cluster;
    private final String user;
    private final RestClusterClient<StandaloneClusterId> client;
    private final Map<JobID, JobEnd> queries = new ConcurrentHashMap<>();
    private final ScheduledExecutorService timer;
    private volatile long patienceMillis = MAX_PATIENCE_MILLIS;
    private volatile ShippedFunctions functions; // null until some are declared

    /** At the address of a REST endpoint, such as {@code http://host:8081}. */
    public RemoteCluster(String address, String user) throws Exception {
        this.user = user;
        cluster = new ClusterConnection(address);
        client = cluster.client;
        timer =
                Executors.newSingleThreadScheduledExecutor(
                        work -> {
                            Thread thread = new Thread(work, "riffle-cluster");
                            thread.setDaemon(true);
                            return thread;
                        });
        timer.scheduleWithFixedDelay(this::beat, HEARTBEAT_MILLIS, HEARTBEAT_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** A heartbeat says when it expires, by the clock of the JobManager. */
    private void beat() {
        for (JobID query : queries.keySet()) {
            client.getJobDetails(query)
                    .thenCompose(job -> client.reportHeartbeat(query, job.getNow() + HEARTBEAT_TIMEOUT_MILLIS))
                    .exceptionally(
                            failure -> {
                                LOG.debug("The heartbeat of job {}", query, failure);
                                return null;
                            });
        }
    }

    @Override
    public CompletableFuture<String> restAddress() {
        return CompletableFuture.completedFuture(cluster.address);
    }

    @Override
    public CompletableFuture<Map<String, String>> jobDefaults() {
        return cluster.version().thenCompose(version -> {
            String own = EnvironmentInformation.getVersion();
            if (!minor(version).equals(minor(own))) {
                throw new IllegalStateException(
                        "the cluster at " + cluster.address + " runs Flink " + version + ", and riffle needs Flink "
                                + minor(own));
            }
            return cluster.options().thenApply(this::defaults);
        });
    }

    private static String minor(String version) {
        String[] parts = version.split("[.-]");
        return parts.length < 2 ? version : parts[0] + "." + parts[1];
    }

    private Map<String, String> defaults(Map<String, String> options) {
        Duration timeout = Configuration.fromMap(options).get(WebOptions.TIMEOUT);
        patienceMillis = Math.min(MAX_PATIENCE_MILLIS, timeout.toMillis() / 2);
        Map<String, String> defaults = new HashMap<>(options);
        defaults.keySet().removeIf(key -> JOB_DEFAULTS.stream().noneMatch(key::startsWith));
        return defaults;
    }

    @Override
    public boolean isLocal() {
        return false;
    }

    @Override
    public boolean outlivesSession() {
        return true;
    }

    /** The beginning of the statement, without texts that it contains, and whose it is. */
    @Override
    public String jobName(String sql, String query) {
        String what = TEXTS.matcher(sql).replaceAll("'…'");
        what = SPACE.matcher(what).replaceAll(" ").trim();
        return (what.length() > MAX_NAME ? what.substring(0, MAX_NAME) + "…" : what) + " (riffle, " + user + ")";
    }

    @Override
    public long patienceMillis() {
        return patienceMillis;
    }

    @Override
    public void ship(ShippedFunctions shipped) {
        functions = shipped;
    }

    @Override
    public void prepare(StreamGraph job, ReadableConfig options, Set<String> programs) {
        ShippedFunctions shipped = functions;
        if (shipped != null && !programs.isEmpty()) {
            shipped.addTo(job, options, programs);
        }
    }

    @Override
    public CompletableFuture<JobID> submit(StreamGraph job) {
        job.addJar(new Path(clusterJar().toURI()));
        boolean query =
                job.getStreamNodes().stream()
                        .map(StreamNode::getOperatorFactory)
                        .anyMatch(ArrowSink.class::isInstance);
        if (query) {
            job.setInitialClientHeartbeatTimeout(HEARTBEAT_TIMEOUT_MILLIS);
        }
        return client.submitJob(job).thenApply(id -> query ? kept(id) : id);
    }

    private JobID kept(JobID query) {
        JobEnd end = end(query);
        queries.put(query, end);
        end.result.whenComplete((result, failure) -> queries.remove(query));
        return query;
    }

    /** The jar of what travels with jobs. */
    private static File clusterJar() {
        try {
            return new File(ArrowSink.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public CompletableFuture<Collection<JobStatusMessage>> list() {
        return client.listJobs();
    }

    @Override
    public CompletableFuture<JobStatus> status(JobID job) {
        return cluster.about(job, () -> client.getJobStatus(job));
    }

    @Override
    public CompletableFuture<JobResult> result(JobID job) {
        JobEnd end = queries.get(job);
        if (end == null) { // nothing says when the end is near
            end = end(job);
            end.expect();
        }
        return end.result;
    }

    @Override
    public void expectEnd(JobID job) {
        JobEnd end = queries.get(job);
        if (end != null) {
            end.expect();
        }
    }

    private JobEnd end(JobID job) {
        JobMessageParameters parameters = new JobMessageParameters();
        parameters.jobPathParameter.resolve(job);
        return new JobEnd(
                () -> cluster.about(job, () -> client.sendRequest(
                        JobExecutionResultHeaders.getInstance(), parameters, EmptyRequestBody.getInstance())),
                timer);
    }

    @Override
    public CompletableFuture<Void> cancel(JobID job) {
        return client.cancel(job).thenApply(taken -> null);
    }

    @Override
    public CompletableFuture<String> stopWithSavepoint(
            JobID job, boolean drain, String folder, SavepointFormatType format) {
        return client.stopWithSavepoint(job, drain, folder, format);
    }

    @Override
    public CompletableFuture<String> savepoint(JobID job, String folder, SavepointFormatType format) {
        return client.triggerSavepoint(job, folder, format);
    }

    @Override
    public CompletableFuture<Map<String, Object>> accumulators(JobID job, ClassLoader loader) {
        return client.getAccumulators(job, loader);
    }

    @Override
    public CompletableFuture<CoordinationResponse> ask(JobID job, String operator, CoordinationRequest request) {
        return cluster.throughOutages(() -> client.sendCoordinationRequest(job, operator, request));
    }

    @Override
    public CompletableFuture<String> failedTask(JobID job) {
        JobExceptionsMessageParameters parameters = new JobExceptionsMessageParameters();
        parameters.jobPathParameter.resolve(job);
        return client.sendRequest(JobExceptionsHeaders.getInstance(), parameters, EmptyRequestBody.getInstance())
                .thenApply(exceptions -> task(exceptions.getExceptionHistory().getEntries()));
    }

    private static String task(List<JobExceptionsInfoWithHistory.RootExceptionInfo> failures) {
        return failures.isEmpty() ? null : failures.get(0).getTaskName();
    }

    @Override
    public CompletableFuture<Void> leave() {
        return CompletableFuture.allOf(
                queries.keySet().stream().map(query -> client.cancel(query)).toArray(CompletableFuture[]::new));
    }
}

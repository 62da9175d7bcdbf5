package riffle.gateway.jobs;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.flink.api.common.JobID;
import org.apache.flink.client.deployment.StandaloneClusterId;
import org.apache.flink.client.program.rest.RestClusterClient;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.runtime.messages.FlinkJobNotFoundException;
import org.apache.flink.runtime.rest.messages.ConfigurationInfo;
import org.apache.flink.runtime.rest.messages.ConfigurationInfoEntry;
import org.apache.flink.runtime.rest.messages.ClusterConfigurationInfoHeaders;
import org.apache.flink.runtime.rest.messages.EmptyMessageParameters;
import org.apache.flink.runtime.rest.messages.EmptyRequestBody;
import org.apache.flink.runtime.rest.util.RestClientException;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.util.ExceptionUtils;

/** The REST client of a cluster, and how it deals with a cluster that does not answer. */
final class ClusterConnection {
    /** After this time without an answer the cluster is given up. It gives up our queries a moment later. */
    private static final long OUTAGE_NANOS = TimeUnit.SECONDS.toNanos(45);

    final String address;
    final RestClusterClient<StandaloneClusterId> client;

    ClusterConnection(String address) throws Exception {
        this.address = address;
        URI parsed = URI.create(address);
        Configuration options = new Configuration();
        options.set(JobManagerOptions.ADDRESS, parsed.getHost());
        options.set(RestOptions.ADDRESS, parsed.getHost());
        options.set(RestOptions.PORT, parsed.getPort());
        options.set(RestOptions.RETRY_MAX_ATTEMPTS, 3);
        options.set(RestOptions.RETRY_DELAY, Duration.ofMillis(300));
        client = new RestClusterClient<>(options, StandaloneClusterId.getInstance());
    }

    /** The version of the cluster's Flink. */
    CompletableFuture<String> version() {
        return explained(client.getClusterOverview().thenApply(overview -> overview.getVersion()));
    }

    /** The options that the cluster was started with, except those that are secret. */
    CompletableFuture<Map<String, String>> options() {
        return explained(
                client.sendRequest(
                                ClusterConfigurationInfoHeaders.getInstance(),
                                EmptyMessageParameters.getInstance(),
                                EmptyRequestBody.getInstance())
                        .thenApply(ClusterConnection::map));
    }

    private static Map<String, String> map(ConfigurationInfo entries) {
        Map<String, String> options = new HashMap<>();
        for (ConfigurationInfoEntry entry : entries) {
            if (!entry.getValue().matches("\\*+")) {
                options.put(entry.getKey(), entry.getValue());
            }
        }
        return options;
    }

    private <T> CompletableFuture<T> explained(CompletableFuture<T> request) {
        return request.handle((answer, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.completedFuture(answer);
                    }
                    return CompletableFuture.<T>failedFuture(
                            new IllegalStateException(
                                    isOutage(failure)
                                            ? "no Flink cluster answers at " + address
                                            : address + " does not answer as a Flink cluster does: " + reason(failure)));
                })
                .thenCompose(Function.identity());
    }

    /** Why a request failed. What Flink's client says about the answer of another server quotes its classes. */
    private static String reason(Throwable failure) {
        return ExceptionUtils.findThrowable(failure, RestClientException.class)
                .map(answer -> "HTTP status " + answer.getHttpResponseStatus().code())
                .orElseGet(() -> ExceptionUtils.stripCompletionException(failure).getMessage());
    }

    /** Makes a request. If the cluster does not answer, it is made again once the cluster answers. */
    <T> CompletableFuture<T> throughOutages(Supplier<CompletableFuture<T>> request) {
        return recovered(
                request.get(),
                failure ->
                        isOutage(failure)
                                ? answers(System.nanoTime()).thenCompose(yes -> throughOutages(request))
                                : CompletableFuture.failedFuture(failure));
    }

    private CompletableFuture<?> answers(long since) {
        Executor later = CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS);
        return recovered(
                client.getClusterOverview().thenApply(overview -> true),
                failure ->
                        isOutage(failure) && System.nanoTime() - since < OUTAGE_NANOS
                                ? CompletableFuture.supplyAsync(() -> true, later)
                                        .thenCompose(yes -> answers(since).thenApply(answer -> true))
                                : CompletableFuture.failedFuture(failure));
    }

    /** A request about a job. It fails with a {@link FlinkJobNotFoundException} if the cluster has no such job. */
    <T> CompletableFuture<T> about(JobID job, Supplier<CompletableFuture<T>> request) {
        return recovered(
                throughOutages(request),
                failure ->
                        CompletableFuture.failedFuture(
                                isAbsent(failure) ? new FlinkJobNotFoundException(job) : failure));
    }

    private static <T> CompletableFuture<T> recovered(
            CompletableFuture<T> request, Function<Throwable, CompletableFuture<T>> recovery) {
        return request.handle((answer, failure) ->
                        failure == null ? CompletableFuture.completedFuture(answer) : recovery.apply(failure))
                .thenCompose(Function.identity());
    }

    /** Whether nothing answers, or only a JobManager that is starting. */
    private static boolean isOutage(Throwable failure) {
        return ExceptionUtils.findThrowable(failure, RestClientException.class)
                .map(answer -> answer.getHttpResponseStatus().equals(HttpResponseStatus.SERVICE_UNAVAILABLE))
                .orElseGet(() -> ExceptionUtils.findThrowable(failure, ClusterConnection::isOfConnection).isPresent());
    }

    private static boolean isOfConnection(Throwable cause) {
        return cause instanceof IOException || cause instanceof TimeoutException;
    }

    /** A request for the status of a job that does not exist is answered as an internal error of the server. */
    private static boolean isAbsent(Throwable failure) {
        return ExceptionUtils.findThrowable(failure, RestClientException.class)
                .filter(answer -> answer.getHttpResponseStatus().equals(HttpResponseStatus.NOT_FOUND)
                        || answer.getMessage().contains(FlinkJobNotFoundException.class.getName()))
                .isPresent();
    }
}

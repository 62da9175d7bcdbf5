import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.Elements;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.InstructionRequest;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.InstructionResponse;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleDescriptor;
import org.apache.beam.model.fnexecution.v1.BeamFnApi.ProcessBundleResponse;
import org.apache.beam.model.pipeline.v1.MetricsApi.MonitoringInfo;
import org.apache.beam.runners.fnexecution.control.BundleProgressHandler;
import org.apache.beam.runners.fnexecution.control.InstructionRequestHandler;
import org.apache.beam.runners.fnexecution.control.OutputReceiverFactory;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.RemoteOutputReceiver;
import org.apache.beam.runners.fnexecution.control.SdkHarnessClient;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;
import org.apache.beam.runners.fnexecution.data.FnDataService;
import org.apache.beam.runners.fnexecution.data.RemoteInputDestination;
import org.apache.beam.runners.fnexecution.state.StateDelegator;
import org.apache.beam.runners.fnexecution.state.StateRequestHandler;
import org.apache.beam.sdk.coders.ByteArrayCoder;
import org.apache.beam.sdk.coders.Coder;
import org.apache.beam.sdk.fn.data.BeamFnDataOutboundAggregator;
import org.apache.beam.sdk.fn.data.CloseableFnDataReceiver;
import org.apache.beam.sdk.fn.data.FnDataReceiver;
import org.apache.beam.sdk.options.PipelineOptionsFactory;
import org.apache.beam.sdk.util.WindowedValue;
import org.apache.beam.vendor.grpc.v1p60p1.com.google.protobuf.ByteString;
import org.apache.beam.vendor.grpc.v1p60p1.io.grpc.stub.StreamObserver;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.Meter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.SimpleCounter;
import org.apache.flink.python.metric.process.FlinkMetricContainer;
import riffle.job.function.FunctionReports;

/** Plays Beam's side of the bundles in progress, or the function host's to Beam. Prints what is wrong. */
@SuppressWarnings({"unchecked", "rawtypes"}) // Beam's interfaces have raw types
final class InProgress {
    /** The size of an element's last result. */
    private static final int LAST = 1;

    /** A bundle as Beam has it: its end is what close waits for. */
    private static final class Played {
        final CompletableFuture<Void> end = new CompletableFuture<>();
        volatile boolean released; // what Beam does when close returns or throws
        FnDataReceiver<Object> results;

        void result(int bytes) throws Exception {
            results.accept(WindowedValue.valueInGlobalWindow(new byte[bytes]));
        }
    }

    /** A function host, with bundles of Beam's own. Their results are numbers. */
    private static final class Host {
        /** The last result of an element. */
        static final int END = 0;

        final List<CompletableFuture<InstructionResponse>> answers = new ArrayList<>(); // to bundles
        private final List<String> instructions = new ArrayList<>();
        private final List<CloseableFnDataReceiver<Elements>> receivers = new ArrayList<>();
        private final Coder<WindowedValue<byte[]>> coder = WindowedValue.getValueOnlyCoder(ByteArrayCoder.of());
        private final SdkHarnessClient.BundleProcessor processor;

        Host() {
            InstructionRequestHandler control =
                    proxy(InstructionRequestHandler.class, (self, method, arguments) -> control(arguments[0]));
            FnDataService data = proxy(FnDataService.class, this::data);
            StateDelegator state =
                    proxy(
                            StateDelegator.class,
                            (self, method, arguments) ->
                                    proxy(StateDelegator.Registration.class, (r, m, none) -> null));
            processor =
                    SdkHarnessClient.usingFnApiClient(control, data)
                            .getProcessor(
                                    ProcessBundleDescriptor.newBuilder().setId("plan").build(),
                                    List.of(RemoteInputDestination.of(coder, "source")),
                                    state);
        }

        private Object control(Object message) {
            if (!(message instanceof InstructionRequest)) {
                return null; // a descriptor
            }
            answers.add(new CompletableFuture<>());
            instructions.add(((InstructionRequest) message).getInstructionId());
            return answers.get(answers.size() - 1);
        }

        private Object data(Object self, Method method, Object[] arguments) {
            switch (method.getName()) {
                case "registerReceiver":
                    receivers.add((CloseableFnDataReceiver<Elements>) arguments[1]);
                    return null;
                case "createOutboundAggregator":
                    StreamObserver<Elements> input = proxy(StreamObserver.class, (o, m, elements) -> null);
                    return new BeamFnDataOutboundAggregator(
                            PipelineOptionsFactory.create(), () -> "instruction", input, false);
                default:
                    return null;
            }
        }

        /** What Beam's factory does when it is asked for a bundle. */
        Object factory(Object self, Method method, Object[] arguments) {
            FnDataReceiver results = ((OutputReceiverFactory) arguments[0]).create("results");
            return new Outer(
                    processor.newBundle(
                            Map.of("sink", RemoteOutputReceiver.of((Coder) coder, results)),
                            (StateRequestHandler) arguments[1],
                            (BundleProgressHandler) arguments[2]));
        }

        /** Sends results of a bundle in one message. */
        void results(int bundle, boolean last, int... numbers) throws Exception {
            byte[] data = new byte[2 * numbers.length];
            for (int i = 0; i < numbers.length; i++) {
                data[2 * i] = 1; // byte
                data[2 * i + 1] = (byte) numbers[i];
            }
            message(bundle, last, data);
        }

        void message(int bundle, boolean last, byte[] data) throws Exception {
            Elements.Builder message = Elements.newBuilder();
            message.addDataBuilder()
                    .setInstructionId(instructions.get(bundle))
                    .setTransformId("sink")
                    .setData(ByteString.copyFrom(data))
                    .setIsLast(last);
            receivers.get(bundle).accept(message.build());
        }

        /** Answers that a bundle is complete, with some number of results, and what functions have counted. */
        void complete(int bundle, int results, MonitoringInfo... counted) {
            MonitoringInfo info =
                    MonitoringInfo.newBuilder()
                            .setUrn("riffle:results:v1")
                            .setPayload(ByteString.copyFromUtf8(String.valueOf(results)))
                            .build();
            ProcessBundleResponse answer =
                    ProcessBundleResponse.newBuilder()
                            .addMonitoringInfos(info)
                            .addAllMonitoringInfos(Arrays.asList(counted))
                            .build();
            answers.get(bundle).complete(InstructionResponse.newBuilder().setProcessBundle(answer).build());
        }
    }

    /** The bundle that Beam's factory puts around another. */
    private static final class Outer implements RemoteBundle {
        private final RemoteBundle bundle;

        Outer(RemoteBundle bundle) {
            this.bundle = bundle;
        }

        @Override
        public String getId() {
            return bundle.getId();
        }

        @Override
        public Map<String, FnDataReceiver> getInputReceivers() {
            return bundle.getInputReceivers();
        }

        @Override
        public Map getTimerReceivers() {
            return bundle.getTimerReceivers();
        }

        @Override
        public void requestProgress() {}

        @Override
        public void split(double fraction) {}

        @Override
        public void close() throws Exception {
            bundle.close();
        }
    }

    private final List<Played> played = new ArrayList<>();
    private final Map<String, Object> metrics = new HashMap<>(); // that Flink has
    private final Object bundles;
    private final List<Integer> taken = new ArrayList<>(); // the elements of results; with a host the results
    private final AtomicInteger arrived = new AtomicInteger();
    private final Object taker;
    private final Object ended;

    /** Plays Beam. */
    private InProgress() throws ReflectiveOperationException {
        this(null);
    }

    /** With bundles of Beam's whose results are taken early; without them if there is no host. */
    private InProgress(Host host) throws ReflectiveOperationException {
        Class<?> parts = Class.forName("riffle.job.function.RunnerParts");
        Field unsafe = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        unsafe.setAccessible(true);
        Object runner = ((sun.misc.Unsafe) unsafe.get(null)).allocateInstance(parts); // without a runner of Flink's
        InvocationHandler factory = host == null ? this::factory : host::factory;
        field(parts, "factory").set(runner, proxy(StageBundleFactory.class, factory));
        field(parts, "state").set(runner, proxy(StateRequestHandler.class, (self, method, arguments) -> List.of()));
        if (host != null) {
            field(parts, "metrics").set(runner, new FlinkMetricContainer(proxy(MetricGroup.class, this::metric)));
        }
        Class<?> type = Class.forName("riffle.job.function.Bundles");
        Constructor<?> constructor =
                type.getDeclaredConstructor(parts, FunctionReports.class, boolean.class, Runnable.class);
        constructor.setAccessible(true);
        Runnable count = arrived::incrementAndGet;
        bundles = constructor.newInstance(runner, new FunctionReports(), host != null, count);
        taker =
                proxy(
                        Class.forName("riffle.job.function.Bundles$Taker"),
                        (self, method, arguments) -> {
                            byte[] result = (byte[]) arguments[1];
                            taken.add(host == null ? (Integer) arguments[0] : (int) result[0]);
                            return host == null ? result.length == LAST : result[0] == Host.END;
                        });
        ended = proxy(Class.forName("riffle.job.function.Bundles$Ended"), (self, method, arguments) -> null);
    }

    private static Field field(Class<?> type, String name) throws ReflectiveOperationException {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field;
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** What Flink's metric group does when a metric is added. */
    private Object metric(Object self, Method method, Object[] arguments) {
        Object metric = method.getName().equals("counter") ? new SimpleCounter() : arguments[1];
        check("the first metric " + arguments[0], metrics.putIfAbsent((String) arguments[0], metric) == null, true);
        return metric;
    }

    /** A change of a metric as Beam encodes it. */
    private static MonitoringInfo metricInfo(String form, String group, String name, int... payload) {
        byte[] bytes = new byte[payload.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) payload[i];
        }
        return MonitoringInfo.newBuilder()
                .setUrn("beam:metric:user:" + form + "_int64:v1")
                .setType("beam:metrics:" + form + "_int64:v1")
                .setPayload(ByteString.copyFrom(bytes))
                .putLabels("PTRANSFORM", "transform")
                .putLabels("NAMESPACE", group)
                .putLabels("NAME", name)
                .build();
    }

    /** What Beam's factory does when it is asked for a bundle. */
    private Object factory(Object self, Method method, Object[] arguments) throws Throwable {
        Played bundle = new Played();
        played.add(bundle);
        bundle.results = ((OutputReceiverFactory) arguments[0]).create("results");
        FnDataReceiver<Object> input = element -> {};
        return proxy(
                RemoteBundle.class,
                (remote, called, none) -> {
                    if (called.getName().equals("getInputReceivers")) {
                        return Map.of("input", input);
                    }
                    try {
                        return bundle.end.get(); // close
                    } catch (ExecutionException e) {
                        throw e.getCause();
                    } finally {
                        // Not a sleep: an executor that shuts down can interrupt a thread twice.
                        CompletableFuture.runAsync(() -> {}, CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS)).join();
                        bundle.released = true;
                    }
                });
    }

    /** Calls a method of the bundles. */
    private Object call(String name, Object... arguments) throws Exception {
        for (Method method : bundles.getClass().getDeclaredMethods()) {
            if (method.getName().equals(name) && method.getParameterCount() == arguments.length) {
                method.setAccessible(true);
                try {
                    return method.invoke(bundles, arguments);
                } catch (InvocationTargetException e) {
                    throw (Exception) e.getCause();
                }
            }
        }
        throw new IllegalStateException(name);
    }

    /** Sends a bundle of one element, which has a number. */
    private void bundle(int number) throws Exception {
        call("send", new byte[10], 1, 10L, number);
        call("end");
    }

    private static void check(String what, Object got, Object want) {
        if (!want.equals(got)) {
            System.out.println(what + ": " + got + ", want " + want);
        }
    }

    /** The message of what a call throws, and of its cause. It must not wait. */
    private String failure(String name) throws Exception {
        CompletableFuture<String> message = new CompletableFuture<>();
        Thread caller =
                new Thread(
                        () -> {
                            try {
                                call(name, taker, ended);
                                message.complete("none");
                            } catch (Throwable e) {
                                message.complete(e.getMessage() + ": " + (e.getCause() == null ? "" : e.getCause().getMessage()));
                            }
                        });
        caller.setDaemon(true);
        caller.start();
        return message.get(30, TimeUnit.SECONDS);
    }

    public static void main(String[] args) throws Exception {
        results();
        failures();
        early();
        counted();
        anyOrder();
        earlyFailures();
        closed();
    }

    private static void results() throws Exception {
        InProgress large = new InProgress();
        large.bundle(1);
        check("with a bundle in progress: full", large.call("full"), false);
        large.played.get(0).result(5 << 20);
        check("with 5 MB of results: full", large.call("full"), false);
        large.played.get(0).result(5 << 20);
        check("with 10 MB of results: full", large.call("full"), true);
        large.call("takeArrived", large.taker, large.ended);
        check("with 10 MB taken: full", large.call("full"), false);
        large.bundle(2);
        large.bundle(3);
        check("with three bundles: full", large.call("full"), true);

        for (int i = 0; i < 40; i++) {
            large.played.get(0).result(10);
        }
        int arrived = large.arrived.get();
        large.taken.clear();
        large.call("takeArrived", large.taker, large.ended);
        List<Integer> some = List.of(large.taken.size(), large.arrived.get() - arrived);
        check("taken of 40 results, and announced again", some, List.of(16, 1));
        ((AutoCloseable) large.bundles).close();
    }

    private static void failures() throws Exception {
        InProgress failing = new InProgress();
        for (int i = 1; i <= 3; i++) {
            failing.bundle(i);
        }
        failing.played.get(0).result(LAST);
        failing.played.get(1).end.completeExceptionally(new IOException("the second failed"));
        failing.played.get(2).result(LAST);
        failing.played.get(2).end.complete(null);
        failing.played.get(0).end.complete(null);
        check("the first bundle", failing.failure("takeFirst"), "none");
        String second = "Failed to close remote bundle: the second failed";
        check("the second bundle", failing.failure("takeFirst"), second);
        String again = "a bundle has failed: Failed to close remote bundle";
        check("the next call", failing.failure("takeFirst"), again);
        check("the call after it", failing.failure("takeArrived"), again);
        check("the results that were taken", failing.taken, Arrays.asList(1));
        ((AutoCloseable) failing.bundles).close();

        InProgress cancelled = new InProgress();
        cancelled.bundle(1);
        cancelled.bundle(2);
        Thread.currentThread().interrupt(); // as Flink does to a task that it cancels
        ((AutoCloseable) cancelled.bundles).close();
        check("the first bundle is abandoned", cancelled.played.get(0).released, true);
        check("the second bundle is abandoned", cancelled.played.get(1).released, true);
        check("the interrupt is kept", Thread.interrupted(), true);
    }

    /** Results are taken while their bundle is open, and after it: more than Beam keeps for a bundle. */
    private static void early() throws Exception {
        Host host = new Host();
        InProgress early = new InProgress(host);
        early.call("send", new byte[10], 1, 10L, 1);
        host.results(0, false, 1, 2);
        while (early.taken.size() < 2) {
            early.call("takeArrived", early.taker, early.ended);
        }
        check("in the open bundle", early.taken, List.of(1, 2));
        for (int i = 0; i < 300; i++) {
            host.results(0, false, i % 100 + 1);
        }
        early.call("end");
        host.results(0, true, Host.END);
        host.complete(0, 303);
        check("the bundle", early.failure("takeFirst"), "none");
        List<Integer> want = new ArrayList<>(List.of(1, 2));
        IntStream.range(0, 300).forEach(i -> want.add(i % 100 + 1));
        want.add(Host.END);
        check("all results", early.taken, want);
        ((AutoCloseable) early.bundles).close();
    }

    /** What functions count in each bundle adds up among Flink's metrics. */
    private static void counted() throws Exception {
        Host host = new Host();
        InProgress early = new InProgress(host);
        for (int i = 0; i < 3; i++) {
            early.bundle(i);
            host.results(i, true, Host.END);
            host.complete(
                    i,
                    1,
                    metricInfo("sum", "[]", "misses", 3),
                    metricInfo("sum", "[\"60\"]", "lookups", 2),
                    metricInfo("latest", "[]", "size", i, 10 + i),
                    metricInfo("distribution", "[]", "bytes", 2, 9, 4 - i, 5));
            check("a bundle that counts", early.failure("takeFirst"), "none");
        }
        check("the counter", ((Counter) early.metrics.get("misses")).getCount(), 9L);
        check("the meter", ((Meter) early.metrics.get("lookups")).getCount(), 6L);
        check("the gauge", ((Gauge<?>) early.metrics.get("size")).getValue(), 12L);
        String bytes = "DistributionResult{sum=27, count=6, min=2, max=5}";
        check("the distribution", ((Gauge<?>) early.metrics.get("bytes")).getValue().toString(), bytes);
        ((AutoCloseable) early.bundles).close();
    }

    /** The answer and the results come on two streams: before, between and after each other. */
    private static void anyOrder() throws Exception {
        Host host = new Host();
        InProgress early = new InProgress(host);
        List<Integer> want = IntStream.rangeClosed(1, 9).boxed().collect(Collectors.toList());
        want.add(Host.END);
        for (int i = 0; i < 400; i++) {
            int bundle = i;
            early.bundle(i);
            Thread answer =
                    new Thread(
                            () -> {
                                pause(bundle % 4 == 1 ? 3 : 0);
                                host.complete(bundle, 10);
                            });
            answer.start();
            pause(i % 4 == 2 ? 3 : 0);
            host.results(i, false, 1, 2);
            host.results(i, false, 3);
            pause(i % 4 == 3 ? 3 : 0);
            host.results(i, false, 4, 5, 6, 7);
            host.results(i, false, 8);
            host.results(i, true, 9, Host.END);
            early.taken.clear();
            check("bundle " + i, early.failure("takeFirst"), "none");
            check("results of bundle " + i, early.taken, want);
            answer.join();
        }
        ((AutoCloseable) early.bundles).close();
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Results that are lost, that come twice, or that cannot be read, and a host that fails after results. */
    private static void earlyFailures() throws Exception {
        for (int sent : new int[] {2, 4}) {
            Host host = new Host();
            InProgress early = new InProgress(host);
            early.bundle(1);
            host.results(0, true, 1, 2, Host.END);
            host.complete(0, sent);
            check(
                    sent + " results announced",
                    early.failure("takeFirst"),
                    "the function host has sent " + sent + " elements of results, and 3 have arrived: ");
        }

        Host silent = new Host(); // it may wait for results to be emitted
        InProgress malformed = new InProgress(silent);
        malformed.bundle(1);
        silent.message(0, false, new byte[] {100, 1});
        String failure = malformed.failure("takeFirst");
        check("a malformed message: " + failure, failure.startsWith("Failed to close remote bundle: "), true);
        try {
            for (int i = 0; i < 200; i++) {
                silent.results(0, false, 1);
            }
            System.out.println("messages are accepted after one that was malformed");
        } catch (Exception e) {
            check("the next message", e.getMessage(), "the results of a bundle cannot be delivered");
        }

        for (int i = 0; i < 50; i++) {
            Host host = new Host();
            InProgress early = new InProgress(host);
            early.bundle(1);
            host.results(0, i % 2 == 0, 1);
            host.answers.get(0).completeExceptionally(new IOException("the function failed"));
            failure = early.failure("takeFirst");
            check("a host that fails: " + failure, failure.contains("the function failed"), true);
            ((AutoCloseable) early.bundles).close();
        }
    }

    /** Abandoned bundles leave no thread. */
    private static void closed() throws Exception {
        Host host = new Host();
        InProgress early = new InProgress(host);
        early.bundle(1);
        host.results(0, false, 1);
        early.bundle(2);
        early.call("send", new byte[10], 1, 10L, 3); // in an open one
        ((AutoCloseable) early.bundles).close();
        ExecutorService threads = (ExecutorService) field(early.bundles.getClass(), "enders").get(early.bundles);
        check("the threads have ended", threads.awaitTermination(30, TimeUnit.SECONDS), true);
    }
}

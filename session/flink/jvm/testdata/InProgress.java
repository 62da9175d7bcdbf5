import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.beam.runners.fnexecution.control.OutputReceiverFactory;
import org.apache.beam.runners.fnexecution.control.RemoteBundle;
import org.apache.beam.runners.fnexecution.control.StageBundleFactory;
import org.apache.beam.sdk.fn.data.FnDataReceiver;
import org.apache.beam.sdk.util.WindowedValue;
import riffle.job.function.FunctionReports;

/** Plays Beam's side of the bundles in progress. Prints what is wrong. */
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

    private final List<Played> played = new ArrayList<>();
    private final Object bundles;
    private final List<Integer> taken = new ArrayList<>();
    private final Object taker;
    private final Object ended;

    private InProgress() throws ReflectiveOperationException {
        Class<?> parts = Class.forName("riffle.job.function.RunnerParts");
        Field unsafe = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
        unsafe.setAccessible(true);
        Object runner = ((sun.misc.Unsafe) unsafe.get(null)).allocateInstance(parts); // without a runner of Flink's
        Field factory = parts.getDeclaredField("factory");
        factory.setAccessible(true);
        factory.set(runner, proxy(StageBundleFactory.class, this::factory));
        Class<?> type = Class.forName("riffle.job.function.Bundles");
        Constructor<?> constructor = type.getDeclaredConstructor(parts, FunctionReports.class, Runnable.class);
        constructor.setAccessible(true);
        Runnable arrived = () -> {};
        bundles = constructor.newInstance(runner, new FunctionReports(), arrived);
        taker =
                proxy(
                        Class.forName("riffle.job.function.Bundles$Taker"),
                        (self, method, arguments) -> {
                            taken.add((Integer) arguments[0]);
                            return ((byte[]) arguments[1]).length == LAST;
                        });
        ended = proxy(Class.forName("riffle.job.function.Bundles$Ended"), (self, method, arguments) -> null);
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
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
}

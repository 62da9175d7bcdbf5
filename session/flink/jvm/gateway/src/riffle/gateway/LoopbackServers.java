package riffle.gateway;

import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.apache.beam.vendor.grpc.v1p60p1.io.netty.channel.ChannelFactory;
import org.apache.beam.vendor.grpc.v1p60p1.io.netty.channel.ServerChannel;
import org.apache.beam.vendor.grpc.v1p60p1.io.netty.channel.socket.nio.NioServerSocketChannel;

/**
 * Keeps Beam's servers on loopback. For each job with a function Flink's Python runtime opens six of
 * them (control, data, state, logging, provision, artifacts), and Beam's ServerFactory binds them to
 * the wildcard address, without any authentication: whoever reaches the machine could feed the job.
 * Neither Flink nor Beam has an option for that, so the default that Beam's copy of gRPC takes its
 * server channels from is replaced, in memory, before the first of them is made.
 */
final class LoopbackServers {
    private static final String NETTY = "org.apache.beam.vendor.grpc.v1p60p1.io.netty";
    private static final String GRPC_DEFAULTS = "org.apache.beam.vendor.grpc.v1p60p1.io.grpc.netty.Utils";

    private static boolean enforced;

    private LoopbackServers() {}

    /** Must have returned before a job with a function is submitted. */
    static synchronized void enforce() {
        if (enforced) {
            return;
        }
        // The channel type has to be one that can be extended, which the epoll one cannot.
        System.setProperty(NETTY + ".transport.noNative", "true");
        try {
            Field defaults = Class.forName(GRPC_DEFAULTS).getDeclaredField("DEFAULT_SERVER_CHANNEL_FACTORY");
            ChannelFactory<ServerChannel> ours = LoopbackChannel::new;
            setStaticFinal(defaults, ours);
            defaults.setAccessible(true);
            if (defaults.get(null) != ours) {
                throw new IllegalStateException("the default did not change");
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IllegalStateException(
                    "functions are refused: this Flink's servers for them cannot be kept on loopback", e);
        }
        enforced = true;
    }

    /** By way of sun.misc.Unsafe, which javac would warn about: reflection leaves final fields alone. */
    private static void setStaticFinal(Field field, Object value) throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Unsafe");
        Field instance = type.getDeclaredField("theUnsafe");
        instance.setAccessible(true);
        Object unsafe = instance.get(null);
        Object base = type.getMethod("staticFieldBase", Field.class).invoke(unsafe, field);
        Object offset = type.getMethod("staticFieldOffset", Field.class).invoke(unsafe, field);
        type.getMethod("putObjectVolatile", Object.class, long.class, Object.class)
                .invoke(unsafe, base, offset, value);
    }

    /** A server channel that takes "any address" to mean this machine alone. */
    private static final class LoopbackChannel extends NioServerSocketChannel {
        @Override
        protected void doBind(SocketAddress local) throws Exception {
            InetSocketAddress address = (InetSocketAddress) local;
            super.doBind(
                    address.getAddress().isAnyLocalAddress()
                            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), address.getPort())
                            : address);
        }
    }
}

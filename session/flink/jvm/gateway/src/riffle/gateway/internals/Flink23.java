package riffle.gateway.internals;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.beam.vendor.grpc.v1p60p1.io.netty.channel.ChannelFactory;
import org.apache.beam.vendor.grpc.v1p60p1.io.netty.channel.ServerChannel;
import org.apache.beam.vendor.grpc.v1p60p1.io.netty.channel.socket.nio.NioServerSocketChannel;
import org.apache.calcite.rel.RelNode;
import org.apache.calcite.rex.RexCall;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.sql.util.SqlVisitor;
import org.apache.calcite.sql.validate.SqlScopedShuttle;
import org.apache.calcite.sql.validate.SqlValidatorScope;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.table.catalog.CatalogBaseTable;
import org.apache.flink.table.catalog.CatalogManager;
import org.apache.flink.table.catalog.CatalogStoreHolder;
import org.apache.flink.table.catalog.ObjectIdentifier;
import org.apache.flink.table.functions.python.PythonFunctionInfo;
import org.apache.flink.table.planner.functions.inference.CallBindingCallContext;
import org.apache.flink.table.planner.plan.abilities.source.FilterPushDownSpec;
import org.apache.flink.table.planner.plan.nodes.logical.FlinkLogicalTableFunctionScan;
import org.apache.flink.table.planner.plan.nodes.physical.batch.BatchPhysicalPythonCorrelate;
import org.apache.flink.table.planner.plan.nodes.physical.stream.StreamPhysicalPythonCorrelate;
import org.apache.flink.table.planner.plan.optimize.program.FlinkGroupProgram;
import org.apache.flink.table.planner.plan.optimize.program.FlinkOptimizeProgram;
import org.apache.flink.table.runtime.generated.GeneratedProjection;
import org.apache.flink.table.runtime.operators.join.FlinkJoinType;
import org.apache.flink.table.runtime.operators.python.scalar.AbstractPythonScalarFunctionOperator;
import org.apache.flink.table.runtime.operators.python.table.PythonTableFunctionOperator;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.logical.RowType;
import scala.Tuple2;

/** Access to the private parts of Flink 2.3. */
final class Flink23 implements Internals {
    private static final String PLANS = "org.apache.flink.table.planner.plan.";
    private static final String NETTY = "org.apache.beam.vendor.grpc.v1p60p1.io.netty";
    private static final String GRPC_DEFAULTS = "org.apache.beam.vendor.grpc.v1p60p1.io.grpc.netty.Utils";

    @Override
    public void loadBy(CatalogStoreHolder store, ClassLoader loader) {
        try {
            field(CatalogStoreHolder.class, "classLoader").set(store, loader);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    @SuppressWarnings("unchecked")
    public Map<ObjectIdentifier, CatalogBaseTable> temporaryTables(CatalogManager catalogs) {
        return (Map<ObjectIdentifier, CatalogBaseTable>) read(CatalogManager.class, "temporaryTables", catalogs);
    }

    @Override
    public Class<?> valueClass(ConfigOption<?> option) {
        return (Class<?>) read(ConfigOption.class, "clazz", option);
    }

    @Override
    public boolean isList(ConfigOption<?> option) {
        return (Boolean) read(ConfigOption.class, "isList", option);
    }

    /** Flink gives no position for a call that it finds invalid, but keeps the call's nodes. */
    @Override
    public SqlParserPos position(CallContext call, int argument) {
        Object context = call;
        while (!(context instanceof CallBindingCallContext)) {
            Field original = fieldOrNull(context.getClass(), "originalContext"); // one that adds to another
            if (original == null) {
                return null;
            }
            context = read(original, context);
        }
        List<?> nodes = (List<?>) read(CallBindingCallContext.class, "adaptedArguments", context);
        return argument < nodes.size() ? ((SqlNode) nodes.get(argument)).getParserPosition() : null;
    }

    /** The method for it is not public. */
    @Override
    public SqlValidatorScope scopeOf(SqlVisitor<?> visitor) {
        return visitor instanceof SqlScopedShuttle
                ? (SqlValidatorScope) ((Deque<?>) read(SqlScopedShuttle.class, "scopes", visitor)).peek()
                : null;
    }

    @Override
    public List<FlinkOptimizeProgram<?>> members(FlinkGroupProgram<?> group) {
        List<FlinkOptimizeProgram<?>> members = new ArrayList<>();
        for (Object member : (List<?>) read(FlinkGroupProgram.class, "programs", group)) {
            members.add((FlinkOptimizeProgram<?>) ((Tuple2<?, ?>) member)._1());
        }
        return members;
    }

    @Override
    public boolean isPartOfPlan(Class<?> type) {
        String name = type.getName();
        return type != FilterPushDownSpec.class
                && (name.startsWith(PLANS + "abilities.")
                        || name.startsWith(PLANS + "logical.")
                        || name.startsWith(PLANS + "schema.TableSourceTable")
                        || name.startsWith(PLANS + "nodes.exec.spec."));
    }

    /** They have no common method for this. */
    @Override
    public List<Object> partsOf(Object node) {
        List<Object> parts = new ArrayList<>();
        for (Class<?> type = node.getClass(); type != null && type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers()) || field.getType().isPrimitive()) {
                    continue;
                }
                field.setAccessible(true);
                Object value = read(field, node);
                if (value != null && !(value instanceof RelNode)) {
                    parts.add(value);
                }
            }
        }
        return parts;
    }

    @Override
    public FunctionOperatorParts partsOf(AbstractPythonScalarFunctionOperator operator) {
        return new FunctionOperatorParts(
                operator.getConfiguration(),
                (PythonFunctionInfo[]) readOfFunctions(operator, "scalarFunctions"),
                (RowType) readOfFunctions(operator, "inputType"),
                (RowType) readOfFunctions(operator, "udfInputType"),
                (RowType) readOfFunctions(operator, "udfOutputType"),
                (GeneratedProjection) readOfFunctions(operator, "udfInputGeneratedProjection"),
                (GeneratedProjection) readOfFunctions(operator, "forwardedFieldGeneratedProjection"));
    }

    @Override
    public TableFunctionParts partsOf(PythonTableFunctionOperator operator) {
        Class<?> type = PythonTableFunctionOperator.class;
        return new TableFunctionParts(
                operator.getConfiguration(),
                (PythonFunctionInfo) read(type, "tableFunction", operator),
                (RowType) read(type, "inputType", operator),
                (RowType) read(type, "udfInputType", operator),
                (RowType) read(type, "udfOutputType", operator),
                (GeneratedProjection) read(type, "udtfInputGeneratedProjection", operator),
                read(type, "joinType", operator) == FlinkJoinType.LEFT);
    }

    @Override
    public RexCall tableFunctionCall(RelNode node) {
        return node instanceof StreamPhysicalPythonCorrelate || node instanceof BatchPhysicalPythonCorrelate
                ? (RexCall) ((FlinkLogicalTableFunctionScan) read(node.getClass(), "scan", node)).getCall()
                : null;
    }

    private static Object readOfFunctions(AbstractPythonScalarFunctionOperator operator, String name) {
        return read(AbstractPythonScalarFunctionOperator.class, name, operator);
    }

    /**
     * The servers are Beam's: six for each job with a function (control, data, state, logging,
     * provision, artifacts). Beam's ServerFactory binds them to the wildcard address, without any
     * authentication: anybody who reaches the machine could send data to the job. Neither Flink nor
     * Beam has an option for that. So the default channel type of servers in Beam's copy of gRPC is
     * replaced, in memory, before the first of them is created.
     */
    @Override
    public void keepServersOnLoopback() {
        // The channel type must be one that can be extended, which the epoll one cannot.
        System.setProperty(NETTY + ".transport.noNative", "true");
        try {
            Field defaults = field(Class.forName(GRPC_DEFAULTS), "DEFAULT_SERVER_CHANNEL_FACTORY");
            if (!(defaults.get(null) instanceof LoopbackChannels)) {
                setStaticFinal(defaults, new LoopbackChannels());
            }
            if (!(defaults.get(null) instanceof LoopbackChannels)) {
                throw new IllegalStateException("the default did not change");
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new IllegalStateException(
                    "functions are refused: this Flink's servers for them cannot be kept on loopback", e);
        }
    }

    private static final class LoopbackChannels implements ChannelFactory<ServerChannel> {
        @Override
        public ServerChannel newChannel() {
            return new LoopbackChannel();
        }
    }

    /** A server channel that treats "any address" as loopback. */
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

    /**
     * Uses sun.misc.Unsafe reflectively, because javac would warn about it: plain reflection cannot
     * change final fields.
     */
    private static void setStaticFinal(Field field, Object value) throws ReflectiveOperationException {
        Class<?> type = Class.forName("sun.misc.Unsafe");
        Object unsafe = field(type, "theUnsafe").get(null);
        Object base = type.getMethod("staticFieldBase", Field.class).invoke(unsafe, field);
        Object offset = type.getMethod("staticFieldOffset", Field.class).invoke(unsafe, field);
        type.getMethod("putObjectVolatile", Object.class, long.class, Object.class)
                .invoke(unsafe, base, offset, value);
    }

    private static Object read(Class<?> type, String name, Object of) {
        return read(field(type, name), of);
    }

    private static Object read(Field field, Object of) {
        try {
            return field.get(of);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A field of a class or of a superclass. */
    private static Field field(Class<?> type, String name) {
        Field field = fieldOrNull(type, name);
        if (field == null) {
            throw new IllegalStateException("this Flink's " + type.getSimpleName() + " has no field " + name);
        }
        return field;
    }

    private static Field fieldOrNull(Class<?> type, String name) {
        for (Class<?> declaring = type; declaring != null; declaring = declaring.getSuperclass()) {
            try {
                Field field = declaring.getDeclaredField(name);
                field.setAccessible(true);
                return field;
            } catch (NoSuchFieldException e) {
                // a superclass has it
            }
        }
        return null;
    }
}

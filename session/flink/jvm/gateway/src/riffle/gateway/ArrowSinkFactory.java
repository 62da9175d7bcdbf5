package riffle.gateway;

import java.util.Set;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.table.connector.sink.DynamicTableSink;
import org.apache.flink.table.factories.DynamicTableSinkFactory;
import org.apache.flink.table.factories.FactoryUtil;
import org.apache.flink.table.types.logical.RowType;
import riffle.job.rows.ResultTarget;

/**
 * Creates the sink that carries a query's rows to riffle. Only the gateway refers to it, through an
 * anonymous table descriptor: no catalog lists it, and no SHOW CREATE TABLE shows its token.
 */
public final class ArrowSinkFactory implements DynamicTableSinkFactory {
    public static final String IDENTIFIER = "riffle";

    static final ConfigOption<String> HOST =
            ConfigOptions.key("host").stringType().noDefaultValue();
    static final ConfigOption<Integer> PORT =
            ConfigOptions.key("port").intType().noDefaultValue();
    static final ConfigOption<String> TOKEN =
            ConfigOptions.key("token").stringType().noDefaultValue();
    static final ConfigOption<String> QUERY =
            ConfigOptions.key("query").stringType().noDefaultValue();

    /** On another cluster: the tasks connect to riffle, whose address and token they get when they start. */
    static final ConfigOption<Boolean> DIRECT =
            ConfigOptions.key("direct").booleanType().defaultValue(false);

    @Override
    public String factoryIdentifier() {
        return IDENTIFIER;
    }

    @Override
    public Set<ConfigOption<?>> requiredOptions() {
        return Set.of(QUERY);
    }

    /** Without HOST, PORT and TOKEN the job contains no token. */
    @Override
    public Set<ConfigOption<?>> optionalOptions() {
        return Set.of(HOST, PORT, TOKEN, DIRECT);
    }

    @Override
    public DynamicTableSink createDynamicTableSink(Context context) {
        FactoryUtil.TableFactoryHelper helper = FactoryUtil.createTableFactoryHelper(this, context);
        helper.validate();
        ReadableConfig options = helper.getOptions();
        RowType type = (RowType) context.getPhysicalRowDataType().getLogicalType();
        String query = options.get(QUERY);
        ResultTarget target =
                options.getOptional(HOST)
                        .map(host -> new ResultTarget(host, options.get(PORT), options.get(TOKEN), query))
                        .orElse(null);
        return new ArrowTableSink(type, query, target, options.get(DIRECT));
    }
}

package riffle.gateway.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.calcite.runtime.CalciteContextException;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.ArgumentCount;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.ConstantArgumentCount;
import org.apache.flink.table.types.inference.InputTypeStrategy;
import org.apache.flink.table.types.inference.Signature;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TimeType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.utils.LogicalTypeCasts;
import org.apache.flink.table.types.logical.utils.LogicalTypeChecks;
import org.apache.flink.table.types.utils.TypeConversions;
import riffle.gateway.internals.Internals;

/**
 * The argument types that a Go function accepts. Flink itself would cast any argument for which it has an
 * implicit cast. Some of these casts change the meaning: between TIMESTAMP and TIMESTAMP_LTZ, which
 * depends on the session's time zone, and from TIMESTAMP to DATE or TIME, which drops a part. Here an
 * argument is accepted as it is, widened, or rejected with the CAST to write.
 *
 * <p>A DECIMAL, a TIME and a TIMESTAMP are accepted with any precision and scale, because Go's types for
 * them hold any.
 */
public final class ArgumentTypes implements InputTypeStrategy {
    private static final List<LogicalTypeRoot> INTEGERS =
            List.of(LogicalTypeRoot.TINYINT, LogicalTypeRoot.SMALLINT, LogicalTypeRoot.INTEGER, LogicalTypeRoot.BIGINT);

    /** The number of digits of the largest value of each of {@link #INTEGERS}. */
    private static final int[] DIGITS = {3, 5, 10, 19};

    private final List<LogicalType> parameters;

    ArgumentTypes(DataType[] parameters) {
        this.parameters = List.of(parameters).stream().map(DataType::getLogicalType).collect(Collectors.toList());
    }

    @Override
    public ArgumentCount getArgumentCount() {
        return ConstantArgumentCount.of(parameters.size());
    }

    @Override
    public Optional<List<DataType>> inferInputTypes(CallContext call, boolean throwOnFailure) {
        List<DataType> taken = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            LogicalType given = call.getArgumentDataTypes().get(i).getLogicalType();
            Optional<LogicalType> type = take(given, parameters.get(i));
            if (type.isEmpty()) {
                if (throwOnFailure) {
                    throw new ValidationException(
                            refusal(call.getName(), i + 1, given, parameters.get(i)), place(call, i));
                }
                return Optional.empty();
            }
            taken.add(TypeConversions.fromLogicalToDataType(type.get()));
        }
        return Optional.of(taken);
    }

    @Override
    public List<Signature> getExpectedSignatures(FunctionDefinition definition) {
        return List.of(
                Signature.of(
                        parameters.stream()
                                .map(type -> Signature.Argument.of(text(type)))
                                .collect(Collectors.toList())));
    }

    /**
     * The position of an argument in the statement, as an exception that carries it; null if it is
     * unknown.
     */
    private static Throwable place(CallContext call, int argument) {
        SqlParserPos at = Internals.current().position(call, argument);
        return at == null
                ? null
                : new CalciteContextException(
                        "", null, at.getLineNum(), at.getColumnNum(), at.getEndLineNum(), at.getEndColumnNum());
    }

    /**
     * The type with which an argument reaches the function, its own or a wider one; empty if it is
     * rejected.
     */
    public static Optional<LogicalType> take(LogicalType given, LogicalType parameter) {
        LogicalTypeRoot root = given.getTypeRoot();
        if (root == LogicalTypeRoot.NULL) {
            return Optional.of(parameter.copy(true));
        }
        switch (parameter.getTypeRoot()) {
            case TINYINT:
            case SMALLINT:
            case INTEGER:
            case BIGINT:
                boolean fits =
                        INTEGERS.contains(root)
                                && INTEGERS.indexOf(root) <= INTEGERS.indexOf(parameter.getTypeRoot());
                return as(given, parameter, fits);
            case FLOAT:
                return as(given, parameter, given.is(LogicalTypeFamily.NUMERIC) && root != LogicalTypeRoot.DOUBLE);
            case DOUBLE:
                return as(given, parameter, given.is(LogicalTypeFamily.NUMERIC));
            case DECIMAL:
                return INTEGERS.contains(root)
                        ? Optional.of(new DecimalType(given.isNullable(), DIGITS[INTEGERS.indexOf(root)], 0))
                        : as(given, given, root == LogicalTypeRoot.DECIMAL);
            case VARCHAR:
                return as(given, parameter, given.is(LogicalTypeFamily.CHARACTER_STRING));
            case VARBINARY:
                return as(given, parameter, given.is(LogicalTypeFamily.BINARY_STRING));
            case ARRAY:
            case MAP:
            case ROW:
                return root == parameter.getTypeRoot() ? takeParts(given, parameter) : as(given, parameter, false);
            default: // BOOLEAN, DATE, TIME, TIMESTAMP, TIMESTAMP_LTZ
                return as(given, given, root == parameter.getTypeRoot());
        }
    }

    private static Optional<LogicalType> as(LogicalType given, LogicalType type, boolean taken) {
        return taken ? Optional.of(type.copy(given.isNullable())) : Optional.empty();
    }

    /**
     * Accepts an array, a map or a row if each of its parts is accepted unchanged. They are not
     * widened: the cast that Flink inserts for a call treats all parts as NOT NULL, and turns a NULL in
     * an array into 0.
     */
    private static Optional<LogicalType> takeParts(LogicalType given, LogicalType parameter) {
        List<LogicalType> parts = given.getChildren();
        List<LogicalType> targets = parameter.getChildren();
        boolean same = parts.size() == targets.size();
        for (int i = 0; same && i < parts.size(); i++) {
            LogicalType part = parts.get(i).copy(true);
            same = take(part, targets.get(i)).filter(part::equals).isPresent() || isText(part, targets.get(i));
        }
        if (same && parameter.is(LogicalTypeRoot.ROW)) {
            same = !otherOrder((RowType) given, (RowType) parameter);
        }
        return same ? Optional.of(given) : Optional.empty();
    }

    /** Whether both are texts, or both bytes: their length does not matter for the value that arrives. */
    public static boolean isText(LogicalType given, LogicalType parameter) {
        return parameter.is(LogicalTypeRoot.VARCHAR) && given.is(LogicalTypeFamily.CHARACTER_STRING)
                || parameter.is(LogicalTypeRoot.VARBINARY) && given.is(LogicalTypeFamily.BINARY_STRING);
    }

    /**
     * Whether a row has the fields that a function takes, in another order. Fields are matched by
     * position, as in Flink's casts, and their names do not matter, but the same names in another order
     * are a mistake.
     */
    private static boolean otherOrder(RowType given, RowType parameter) {
        List<String> names = lower(given.getFieldNames());
        List<String> targetNames = lower(parameter.getFieldNames());
        return !names.equals(targetNames) && new HashSet<>(names).equals(new HashSet<>(targetNames));
    }

    private static List<String> lower(List<String> names) {
        return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toList());
    }

    private static String refusal(String name, int position, LogicalType given, LogicalType parameter) {
        String refusal =
                String.format(
                        "argument %d of %s is %s, the function takes %s",
                        position, name, given.copy(true).asSummaryString(), text(parameter));
        LogicalType target = target(given, parameter);
        return castable(given, target)
                ? refusal + ": write CAST(… AS " + target.copy(true).asSummaryString() + ")"
                : refusal + ", and there is no CAST from one to the other";
    }

    /**
     * Whether Flink supports a cast. Its own table has casts that its parser or its code generator
     * rejects.
     */
    private static boolean castable(LogicalType given, LogicalType target) {
        boolean instant = given.is(LogicalTypeFamily.TIMESTAMP) || target.is(LogicalTypeFamily.TIMESTAMP);
        boolean number = given.is(LogicalTypeFamily.NUMERIC) || target.is(LogicalTypeFamily.NUMERIC);
        boolean interval = given.is(LogicalTypeFamily.INTERVAL) && !target.is(LogicalTypeFamily.CHARACTER_STRING);
        return LogicalTypeCasts.supportsExplicitCast(given, target) && !(instant && number) && !interval;
    }

    /** The type to which a rejected argument is to be cast. */
    private static LogicalType target(LogicalType given, LogicalType parameter) {
        switch (parameter.getTypeRoot()) {
            case DECIMAL:
                return new DecimalType(38, 18);
            case TIME_WITHOUT_TIME_ZONE:
                return new TimeType(Math.min(digits(given), 3));
            case TIMESTAMP_WITHOUT_TIME_ZONE:
                return new TimestampType(digits(given));
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return new LocalZonedTimestampType(digits(given));
            case ARRAY:
                return given.is(LogicalTypeRoot.ARRAY)
                        ? new ArrayType(part(given, parameter, 0))
                        : parameter;
            case MAP:
                return given.is(LogicalTypeRoot.MAP)
                        ? new MapType(part(given, parameter, 0), part(given, parameter, 1))
                        : parameter;
            case ROW:
                RowType row = (RowType) parameter;
                if (!given.is(LogicalTypeRoot.ROW) || given.getChildren().size() != row.getFieldCount()) {
                    return parameter;
                }
                List<RowType.RowField> fields = new ArrayList<>();
                for (int i = 0; i < row.getFieldCount(); i++) {
                    fields.add(new RowType.RowField(row.getFieldNames().get(i), part(given, parameter, i)));
                }
                return new RowType(fields);
            default:
                return parameter;
        }
    }

    private static LogicalType part(LogicalType given, LogicalType parameter, int i) {
        LogicalType part = given.getChildren().get(i);
        LogicalType target = parameter.getChildren().get(i);
        return take(part, target).orElseGet(() -> target(part, target)).copy(true);
    }

    /** The digits of a second's fraction that a cast from a type keeps. */
    private static int digits(LogicalType given) {
        return given.is(LogicalTypeFamily.TIMESTAMP) || given.is(LogicalTypeFamily.TIME)
                ? LogicalTypeChecks.getPrecision(given)
                : 3;
    }

    /** A parameter's type for messages, without the precision of a type that is accepted with any. */
    public static String text(LogicalType type) {
        switch (type.getTypeRoot()) {
            case DECIMAL:
                return "DECIMAL";
            case TIME_WITHOUT_TIME_ZONE:
                return "TIME";
            case TIMESTAMP_WITHOUT_TIME_ZONE:
                return "TIMESTAMP";
            case TIMESTAMP_WITH_LOCAL_TIME_ZONE:
                return "TIMESTAMP_LTZ";
            case ARRAY:
                return "ARRAY<" + text(type.getChildren().get(0)) + ">";
            case MAP:
                return "MAP<" + text(type.getChildren().get(0)) + ", " + text(type.getChildren().get(1)) + ">";
            case ROW:
                return ((RowType) type)
                        .getFields().stream()
                                .map(field -> "`" + field.getName() + "` " + text(field.getType()))
                                .collect(Collectors.joining(", ", "ROW<", ">"));
            default:
                return type.copy(true).asSummaryString();
        }
    }
}

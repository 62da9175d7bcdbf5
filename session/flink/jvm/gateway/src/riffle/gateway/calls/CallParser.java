package riffle.gateway.calls;

import java.io.Reader;
import org.apache.calcite.config.Lex;
import org.apache.calcite.sql.SqlBasicCall;
import org.apache.calcite.sql.SqlCall;
import org.apache.calcite.sql.SqlFunctionCategory;
import org.apache.calcite.sql.SqlIdentifier;
import org.apache.calcite.sql.SqlLiteral;
import org.apache.calcite.sql.SqlNode;
import org.apache.calcite.sql.SqlUnresolvedFunction;
import org.apache.calcite.sql.parser.SqlParser;
import org.apache.calcite.sql.parser.SqlParserPos;
import org.apache.calcite.util.SourceStringReader;
import org.apache.flink.sql.parser.impl.FlinkSqlParserImpl;
import org.apache.flink.sql.parser.impl.SimpleCharStream;
import org.apache.flink.sql.parser.validate.FlinkSqlConformance;
import org.apache.flink.table.catalog.FunctionCatalog;
import org.apache.flink.table.catalog.UnresolvedIdentifier;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.functions.FunctionIdentifier;
import riffle.gateway.plan.DeclaredFunction;

/** Flink's parser, except for calls of Go functions that differ from those that the planner knows. */
public final class CallParser extends FlinkSqlParserImpl {
    private static final int LONGEST_NAME = 256;

    private final Text text;
    private final FunctionCatalog functions;

    private CallParser(Text text, FunctionCatalog functions) {
        super(new ArgumentNames(text));
        this.text = text;
        this.functions = functions;
    }

    /** Flink's configuration of its parser (PlannerContext), with this one. */
    public static SqlParser.Config config(FunctionCatalog functions) {
        return SqlParser.config()
                .withParserFactory(reader -> of(reader, functions))
                .withConformance(FlinkSqlConformance.DEFAULT)
                .withLex(Lex.JAVA)
                .withIdentifierMaxLength(LONGEST_NAME);
    }

    private static CallParser of(Reader reader, FunctionCatalog functions) {
        CallParser parser = new CallParser(new Text(reader), functions);
        if (reader instanceof SourceStringReader) {
            parser.setOriginalSql(((SourceStringReader) reader).getSourceString());
        }
        return parser;
    }

    @Override
    public void setTabSize(int size) {
        text.setTab(size);
    }

    /** The grammar creates every call of a function that it does not know itself here. */
    @Override
    protected SqlCall createCall(
            SqlIdentifier name,
            SqlParserPos pos,
            SqlFunctionCategory category,
            SqlLiteral quantifier,
            Iterable<? extends SqlNode> operands) {
        SqlCall call = super.createCall(name, pos, category, quantifier, operands);
        DeclaredFunction function = declared(name);
        if (function != null && !Arguments.areComplete(function, call)) {
            ((SqlBasicCall) call).setOperator(new GoCall((SqlUnresolvedFunction) call.getOperator(), function));
        }
        return call;
    }

    /** The Go function that a name calls; null if it calls another one. */
    private DeclaredFunction declared(SqlIdentifier name) {
        if (!name.isSimple()
                || !functions.hasTemporarySystemFunction(FunctionIdentifier.normalizeName(name.getSimple()))) {
            return null;
        }
        FunctionDefinition definition =
                functions
                        .lookupFunction(UnresolvedIdentifier.of(name.getSimple()))
                        .map(found -> found.getDefinition())
                        .orElse(null);
        return definition instanceof DeclaredFunction ? (DeclaredFunction) definition : null;
    }

    /** The text of a statement. Positions in it begin at 1. */
    private static final class Text extends SimpleCharStream {
        Text(Reader reader) {
            super(reader, 1, 1);
        }

        void setTab(int size) {
            setTabSize(size);
        }
    }
}

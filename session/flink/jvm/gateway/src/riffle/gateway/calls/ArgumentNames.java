package riffle.gateway.calls;

import org.apache.flink.sql.parser.impl.FlinkSqlParserImplTokenManager;
import org.apache.flink.sql.parser.impl.SimpleCharStream;
import org.apache.flink.sql.parser.impl.Token;

/**
 * Flink's lexer, except that a word before {@code =>} is a name, even if it is a keyword. Many names of parameters
 * are keywords of SQL: limit, date, value, order.
 */
final class ArgumentNames extends FlinkSqlParserImplTokenManager {
    private Token ahead; // the token after the last one, if it has been read

    ArgumentNames(SimpleCharStream text) {
        super(text);
    }

    @Override
    public Token getNextToken() {
        Token token = ahead == null ? super.getNextToken() : ahead;
        ahead = null;
        if (token.kind != IDENTIFIER && isWord(token.image)) {
            ahead = super.getNextToken();
            if (ahead.kind == NAMED_ARGUMENT_ASSIGNMENT) {
                token.kind = IDENTIFIER;
            }
        }
        return token;
    }

    private static boolean isWord(String image) {
        return image != null && !image.isEmpty() && image.chars().allMatch(c -> c == '_' || Character.isLetterOrDigit(c))
                && !Character.isDigit(image.charAt(0));
    }
}

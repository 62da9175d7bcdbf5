package command

import (
	"context"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"riffle/session/mention"
)

// getModule adds a Go module, or lists the modules.
func getModule(ctx context.Context, env *Env, args []string) (Answer, error) {
	if len(args) == 0 {
		return listModules(env), nil
	}
	changes, err := env.Session.GetModule(ctx, args[0], env.SetStatus)
	if err != nil {
		return Answer{}, &argumentError{word: args[0], message: err.Error(), cause: err}
	}
	if len(changes) == 0 {
		return Answer{Text: "nothing changed: the session already has " + args[0]}, nil
	}
	return Answer{Text: strings.Join(changes, "\n")}, nil
}

func listModules(env *Env) Answer {
	modules := env.Session.Modules()
	if len(modules) == 0 {
		return Answer{Text: "no modules: " + mention.Command("get MODULE@VERSION adds one")}
	}
	rows := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{
		{Name: "module", Type: arrow.BinaryTypes.String},
		{Name: "version", Type: arrow.BinaryTypes.String},
		{Name: "packages", Type: arrow.PrimitiveTypes.Int64},
		{Name: "added", Type: arrow.BinaryTypes.String},
	}, nil))
	defer rows.Release()
	for _, module := range modules {
		added := "as a requirement"
		if module.Direct {
			added = "by name"
		}
		rows.Field(0).(*array.StringBuilder).Append(module.Path)
		rows.Field(1).(*array.StringBuilder).Append(module.Version)
		rows.Field(2).(*array.Int64Builder).Append(int64(module.Packages))
		rows.Field(3).(*array.StringBuilder).Append(added)
	}
	return Answer{Rows: rows.NewRecord()}
}

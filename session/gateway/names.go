package gateway

// Names are the names that a statement can use.
type Names struct {
	Catalog   string   `json:"catalog"`   // the current one
	Database  string   `json:"database"`  // the current one
	Tables    []string `json:"tables"`    // of the current database, including views
	Views     []string `json:"views"`     // of the current database
	Functions []string `json:"functions"` // the user's own that can be called by a simple name
	Catalogs  []string `json:"catalogs"`
	Databases []string `json:"databases"` // of the current catalog
	// BuiltIn are the functions of Flink and its modules that SQL can call.
	BuiltIn []BuiltIn `json:"builtIn"`
}

// BuiltIn is a function with its call forms, one per line.
type BuiltIn struct {
	Name  string `json:"name"`
	Forms string `json:"forms"`
}

// Column is a column of a table, with its SQL type.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Option is an option that Flink or a connector declares.
type Option struct {
	Key     string   `json:"key"`
	Type    string   `json:"type"` // as OptionForm.java describes types
	Default string   `json:"default"`
	About   string   `json:"about"`
	Values  []string `json:"values"` // all allowed values; nil for any
}

// Factory is a factory that the options of WITH can name.
type Factory struct {
	Kind     string   `json:"kind"` // connector, format, catalog or model
	Name     string   `json:"name"`
	About    string   `json:"about"` // one line, or ""
	Required []Option `json:"required"`
	Optional []Option `json:"optional"`
}

package cell

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// raisesException is nbclient's tag for a cell that may fail.
const raisesException = "raises-exception"

// ReadCells reads a script, or the cells of a notebook that are to run.
func ReadCells(path string) ([]Cell, error) {
	whole, err := ReadCell(path)
	if err != nil || filepath.Ext(path) != ".ipynb" {
		return []Cell{whole}, err
	}
	cells, err := notebookCells(path, []byte(whole.Text))
	if err != nil {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return cells, err
}

// notebookCells returns the code cells of a notebook, named by their order.
func notebookCells(path string, text []byte) ([]Cell, error) {
	var notebook struct {
		Format int `json:"nbformat"`
		Cells  []struct {
			Type     string          `json:"cell_type"`
			Source   json.RawMessage `json:"source"`
			Metadata struct {
				Tags []string `json:"tags"`
			} `json:"metadata"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(bytes.TrimPrefix(text, []byte("\ufeff")), &notebook); err != nil {
		return nil, fmt.Errorf("not a notebook: %w", err)
	}
	if notebook.Format < 4 {
		return nil, errors.New("not a notebook of format 4: jupyter nbconvert --to notebook converts it")
	}
	var cells []Cell
	for _, c := range notebook.Cells {
		if c.Type != "code" {
			continue
		}
		source, err := sourceText(c.Source)
		if err != nil {
			return nil, err
		}
		cells = append(cells, Cell{
			Text: source, Name: fmt.Sprintf("%s[%d]", path, len(cells)+1), Sigil: "%",
			Notebook: true, MayFail: slices.Contains(c.Metadata.Tags, raisesException),
		})
	}
	if len(cells) == 0 {
		return nil, errors.New("the notebook has no code")
	}
	return cells, nil
}

// sourceText returns the text of a cell, which is a string or a list of lines.
func sourceText(source json.RawMessage) (string, error) {
	var text string
	if json.Unmarshal(source, &text) == nil {
		return text, nil
	}
	var lines []string
	if err := json.Unmarshal(source, &lines); err != nil {
		return "", errors.New("not a notebook: a cell's source is neither text nor lines")
	}
	return strings.Join(lines, ""), nil
}

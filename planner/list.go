package planner

import (
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"unique"
)

// List is a list that cannot be changed and can be compared: two lists are == when their elements are. Values of
// kernel objects hold such ones, since they are compared at every look. The zero value is empty.
type List[T comparable] struct {
	first unique.Handle[cell[T]]
}

// cell is an element of a list and what follows it.
type cell[T comparable] struct {
	value T
	rest  List[T]
}

// ListOf returns the list of these elements.
func ListOf[T comparable](elements ...T) List[T] {
	var l List[T]
	for i := len(elements) - 1; i >= 0; i-- {
		l = List[T]{unique.Make(cell[T]{elements[i], l})}
	}
	return l
}

// All yields the elements in order.
func (l List[T]) All() iter.Seq[T] {
	return func(yield func(T) bool) {
		for l != (List[T]{}) {
			c := l.first.Value()
			if !yield(c.value) {
				return
			}
			l = c.rest
		}
	}
}

// Slice returns the elements, nil where there are none.
func (l List[T]) Slice() []T {
	var out []T
	for v := range l.All() {
		out = append(out, v)
	}
	return out
}

// Len is how many elements there are.
func (l List[T]) Len() int {
	n := 0
	for range l.All() {
		n++
	}
	return n
}

// IsZero tells whether the list is empty: documents leave it out then.
func (l List[T]) IsZero() bool { return l == List[T]{} }

// Equal is ==, for those who compare by method.
func (l List[T]) Equal(other List[T]) bool { return l == other }

// String prints the elements with commas between them.
func (l List[T]) String() string { return l.join(", ") }

func (l List[T]) join(with string) string {
	var words []string
	for v := range l.All() {
		words = append(words, fmt.Sprint(v))
	}
	return strings.Join(words, with)
}

// MarshalJSON writes an array.
func (l List[T]) MarshalJSON() ([]byte, error) {
	if l.IsZero() {
		return []byte("[]"), nil
	}
	return json.Marshal(l.Slice())
}

// UnmarshalJSON reads an array.
func (l *List[T]) UnmarshalJSON(data []byte) error {
	var elements []T
	if err := json.Unmarshal(data, &elements); err != nil {
		return err
	}
	*l = ListOf(elements...)
	return nil
}

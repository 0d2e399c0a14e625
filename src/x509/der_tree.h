// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "x509/der.h"

// For tests: DER as a tree that can be bent out of shape and written again.
namespace countersign::x509 {

struct DerTree {
  std::uint8_t tag = 0;
  Bytes contents;                 // of a primitive element
  std::vector<DerTree> children;  // of a constructed one

  static DerTree read(BytesView der) {
    der::Reader reader(der);
    return of(reader.any().value());
  }
  static DerTree primitive(std::uint8_t tag, Bytes contents) { return {tag, std::move(contents), {}}; }

  Bytes write() const {
    if (!is_constructed()) return der::wrap(static_cast<der::Tag>(tag), contents);
    Bytes inner;
    for (const DerTree& child : children) inner = der::concatenate({inner, child.write()});
    return der::wrap(static_cast<der::Tag>(tag), inner);
  }
  DerTree& operator[](std::size_t index) { return children.at(index); }
  bool is_constructed() const { return (tag & 0x20) != 0; }

 private:
  static DerTree of(const der::Element& element) {
    DerTree tree{static_cast<std::uint8_t>(element.tag), {}, {}};
    if (!tree.is_constructed()) {
      tree.contents = to_bytes(element.contents);
      return tree;
    }
    der::Reader inner(element.contents);
    while (!inner.at_end()) tree.children.push_back(of(inner.any().value()));
    return tree;
  }
};

}  // namespace countersign::x509

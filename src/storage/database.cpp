// SPDX-License-Identifier: Apache-2.0
#include "storage/database.h"

#include <stdexcept>

namespace countersign::storage {
namespace {

template <typename T>
const T& value_as(const Values& values, std::size_t column, const char* wanted) {
  const T* value = column < values.size() ? std::get_if<T>(&values[column]) : nullptr;
  if (value == nullptr) throw std::logic_error("column " + std::to_string(column) + " holds no " + wanted);
  return *value;
}

}  // namespace

bool Row::is_null(std::size_t column) const {
  return std::holds_alternative<std::nullptr_t>(values_.at(column));
}

std::int64_t Row::integer(std::size_t column) const {
  return value_as<std::int64_t>(values_, column, "integer");
}

const std::string& Row::text(std::size_t column) const {
  return value_as<std::string>(values_, column, "text");
}

const Bytes& Row::blob(std::size_t column) const {
  return value_as<Bytes>(values_, column, "blob");
}

Result<std::optional<Row>> Reader::query_one(std::string_view sql, const Values& parameters) {
  TRY(auto rows, query(sql, parameters));
  if (rows.empty()) return std::optional<Row>();
  return std::optional<Row>(std::move(rows.front()));
}

}  // namespace countersign::storage

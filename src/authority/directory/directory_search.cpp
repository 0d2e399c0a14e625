// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "authority/directory/directory.h"
#include "authority/directory/directory_rows.h"

namespace countersign::authority {

namespace {

constexpr int kMostPerPage = 500;

// Conditions collects `column = $n` clauses with their parameters.
class Conditions {
 public:
  void add(std::string_view clause_before_parameter, storage::Value value) {
    parameters_.push_back(std::move(value));
    sql_ += sql_.empty() ? " WHERE " : " AND ";
    sql_ += clause_before_parameter;
    sql_ += " $" + std::to_string(parameters_.size());
  }
  void add_literal(std::string_view clause) {
    sql_ += sql_.empty() ? " WHERE " : " AND ";
    sql_ += clause;
  }
  const std::string& sql() const { return sql_; }
  const storage::Values& parameters() const { return parameters_; }

 private:
  std::string sql_;
  storage::Values parameters_;
};

Result<std::int64_t> number_of_cursor(std::string_view cursor) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), number);
  if (error != std::errc{} || end != cursor.data() + cursor.size() || number < 1) {
    return fail(ErrorCode::kMalformed, "search: cursor is not one of ours");
  }
  return number;
}

}  // namespace

Result<DirectoryPage> Directory::search(storage::Reader& reader, const DirectoryQuery& query) const {
  if (query.limit < 1 || query.limit > kMostPerPage)
    return fail(ErrorCode::kMalformed, "search: limit is 1 to 500");
  Conditions where;
  if (!query.serial_hex.empty()) {
    TRY(const auto serial, x509::SerialNumber::from_hex(query.serial_hex));
    where.add("serial =", serial.bytes());
  }
  if (!query.subject.empty()) {
    TRY(const auto subject, x509::Name::from_text(query.subject));
    where.add("subject =", subject.text());
  }
  if (!query.email.empty()) {
    where.add_literal("email_digest IS NOT NULL");
    where.add("email_digest =", to_bytes(email_digest(query.email)));
  }
  if (!query.registered_by.empty()) {
    TRY(const auto registrar, x509::Name::from_text(query.registered_by));
    where.add_literal("registered_by <> ''");
    where.add("registered_by =", registrar.text());
  }
  if (query.role) where.add("role =", std::string(x509::profile_of(*query.role).name));
  if (query.state) where.add("state =", std::string(state_name(*query.state)));
  if (!query.cursor.empty()) {
    TRY(const auto number, number_of_cursor(query.cursor));
    where.add("number <", number);
  }
  // One more than asked for tells whether there is a next page.
  const auto limit = static_cast<std::size_t>(query.limit);
  TRY(auto rows,
      reader.query(entry_select() + where.sql() + " ORDER BY number DESC LIMIT " + std::to_string(limit + 1),
                   where.parameters()));
  DirectoryPage page;
  if (rows.size() > limit) {
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(limit), rows.end());
    page.next_cursor = std::to_string(entry_number(rows.back()));
  }
  TRY(page.entries, entries_of_rows(rows));
  return page;
}

}  // namespace countersign::authority

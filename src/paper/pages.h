// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cairo.h>
#include <pango/pango.h>

#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace countersign::paper {

struct FreeSurface {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct FreeCairo {
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
};
struct FreeObject {
  void operator()(gpointer object) const { g_object_unref(object); }
};
using LayoutPtr = std::unique_ptr<PangoLayout, FreeObject>;

enum class Weight { kNormal, kBold };
enum class Align { kLeft, kRight };
struct Style {
  double size = 9.5;  // points
  Weight weight = Weight::kNormal;
  Align align = Align::kLeft;
};

// Column is where a text stands on a page, in points from the left edge.
struct Column {
  double left = 0;
  double width = 0;
};
struct Cell {
  std::string text;
  Column column;
  Style style = {};
};

// Pages is a PDF under way: what is put on it stands below what was put before, on the next page where there
// is no room.
class Pages {
 public:
  static constexpr double kWidth = 595.28, kHeight = 841.89;  // A4 in points
  static constexpr double kMargin = 56;
  static constexpr Column kWhole{kMargin, kWidth - 2 * kMargin};

  Pages(const std::string& title, std::string foot, TimePoint printed);

  // Cells beside each other, their first lines at one height. Where `keep` more points have no room below,
  // the row goes to the next page; a row that is taller than what is left goes on there.
  void row(const std::vector<Cell>& cells, double keep = 0);
  void space(double points) { y_ += points; }
  void rule();
  // A square of modules, dark where true, `side` of them to a side, at the top right of the first page.
  void square(const std::vector<bool>& modules, int side, double size);
  double y() const { return y_; }
  void go_below(double y) { y_ = std::max(y_, y); }

  // The finished file. kUnavailable where a letter has no font, or cairo fails.
  Result<Bytes> finish();

 private:
  LayoutPtr lay_out(const Cell& cell);
  void new_page();
  void write_foot();

  std::string foot_;
  Bytes pdf_;
  std::unique_ptr<cairo_surface_t, FreeSurface> surface_;
  std::unique_ptr<cairo_t, FreeCairo> cairo_;
  std::unique_ptr<PangoContext, FreeObject> context_;
  double y_ = kMargin;
  int page_ = 1;
  std::string without_font_;  // the first text with a letter that no font has
};

}  // namespace countersign::paper

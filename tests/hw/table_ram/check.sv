// SPDX-License-Identifier: BSD-3-Clause

`default_nettype none

// One table_ram against an array: random rows, reads in the cycle of a write, then every bit of a row flipped once.
module check #(
    parameter int W = 64,  // as of table_ram
    parameter int ROW_W = W,
    parameter int DEPTH = 16,
    parameter int OPERATIONS = 2000
) (
    input  wire  clk,
    output int   passed,
    output int   failed,
    output logic done
);

  localparam int A = $clog2(DEPTH);

  logic we = 0, re = 0, rd_bad;
  logic [A-1:0] wr_at = 0, rd_at = 0;
  logic [ROW_W-1:0] wr_row = '0;
  logic [10:0] wr_flip = 0;
  logic [W-1:0] rd_row;

  table_ram #(
      .W(W),
      .ROW_W(ROW_W),
      .DEPTH(DEPTH)
  ) dut (
      .clk,
      .we,
      .wr_at,
      .wr_row,
      .wr_flip,
      .re,
      .rd_at,
      .rd_row,
      .rd_bad
  );

  logic [ROW_W-1:0] rows[DEPTH];  // as stored
  logic bad[DEPTH];
  logic [W-1:0] want;
  logic want_bad;

  function automatic logic [ROW_W-1:0] random_row;
    for (int i = 0; i < ROW_W; i++) random_row[i] = i < W ? $urandom % 2 == 0 : 1'b0;
  endfunction

  // Writes and reads in one cycle; the read gives what was there before.
  task automatic operate(input logic write, input logic [A-1:0] at, input logic [10:0] flip,
                         input logic read, input logic [A-1:0] from);
    want = rows[from][W-1:0];
    want_bad = bad[from];
    we = write;
    wr_at = at;
    wr_row = random_row();
    wr_flip = flip;
    re = read;
    rd_at = from;
    if (write) begin
      rows[at] = wr_row;
      if (flip != 0) rows[at][flip-1] = !wr_row[flip-1];
      bad[at] = flip != 0;
    end
    @(negedge clk);
    we = 0;
    re = 0;
    if (read) begin
      if (rd_row == want && rd_bad == want_bad) passed++;
      else begin
        failed++;
        if (failed < 4) $display("W %0d: row %h bad %b, expected %h %b", W, rd_row, rd_bad, want, want_bad);
      end
    end
  endtask

  initial begin
    passed = 0;
    failed = 0;
    done   = 0;
    @(negedge clk);
    for (int i = 0; i < DEPTH; i++) operate(1, A'(i), 0, 0, 0);
    for (int i = 0; i < OPERATIONS; i++)
      operate($urandom % 2 == 0, A'($urandom), $urandom % 8 == 0 ? 11'(1 + $urandom % ROW_W) : 11'd0, $urandom % 4 != 0,
              A'($urandom));
    for (int i = 1; i <= ROW_W; i++) begin
      operate(1, 1, 11'(i), 0, 0);
      operate(0, 0, 0, 1, 1);
    end
    done = 1;
  end

endmodule

`default_nettype wire

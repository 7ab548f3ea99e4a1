/* Charts of a report. Everything they show stands in the tables; without this script nothing is missing. */
(function () {
    "use strict";
    var store = document.getElementById("report-chart-data");
    if (!store || !window.echarts) { return; }
    var data = JSON.parse(store.textContent);
    var MAIN = "#0b5a8a", LIGHT = "#9cc3dd", INK = "#1b2733", LINE = "#d9e0e6";
    var FONT = '"Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif';
    var names = { type: "category", inverse: true, axisLine: { lineStyle: { color: LINE } }, axisTick: { show: false },
        axisLabel: { color: INK, fontSize: 13, interval: 0 } };
    var plain = { type: "value", min: 0, splitLine: { lineStyle: { color: LINE } },
        axisLabel: { color: INK, hideOverlap: true } };
    // Right to left below the highest bar there must be room for its label.
    var grid = { left: 8, right: 56, top: 8, bottom: 8, containLabel: true };

    function texts(rows, name) { return rows.map(function (row) { return row[name]; }); }

    function label(formatter, inside, color) {
        return { show: true, position: inside ? "inside" : "right", color: color || INK, fontSize: 13, formatter: formatter };
    }

    // Place of the longest bar of a series; -1 where all are nought.
    function longest(rows, name) {
        var most = Math.max.apply(null, texts(rows, name));
        return rows.findIndex(function (row) { return row[name] > 0 && row[name] === most; });
    }

    // Pixels for a day in a box of this width: beside the bars stand the units' names and the last labels.
    function scale(rows, width) {
        var most = Math.max.apply(null, rows.map(function (row) { return row.department + row.bureau; }));
        return (width - 220) / most;
    }

    function days(name, rows, colour, inside, width) {
        // The longest bar names its series, in place of a legend.
        var named = longest(rows, name), pixels = scale(rows, width);
        return { type: "bar", stack: "days", barMaxWidth: 22, itemStyle: { color: colour }, data: rows.map(function (row, place) {
            var text = (place === named ? data.words[name] + " " : "") + row[name];
            // In a bar that is too short the text would be cut off: it stands behind it, unless the other part stands there.
            var fits = inside && text.length * 13 + 8 <= row[name] * pixels;
            return { value: row[name], label: Object.assign(label(text, fits, fits ? "#ffffff" : INK),
                { show: row[name] > 0 && (fits || !inside || !row.bureau) }) };
        }) };
    }

    var charts = {
        rates: function (rows) {
            return { xAxis: Object.assign({ max: 100 }, plain), yAxis: Object.assign({ data: texts(rows, "name") }, names), grid: grid,
                series: [{ type: "bar", barMaxWidth: 22, itemStyle: { color: MAIN }, data: texts(rows, "value"),
                    label: label(function (part) { return rows[part.dataIndex].text; }) }] };
        },
        days: function (rows, width) {
            return { xAxis: plain, yAxis: Object.assign({ data: texts(rows, "name") }, names), grid: Object.assign({}, grid, { right: 80 }),
                series: [days("department", rows, MAIN, true, width), days("bureau", rows, LIGHT, false, width)] };
        },
        quarters: function (rows) {
            return { xAxis: Object.assign({}, names, { inverse: false, boundaryGap: true, data: texts(rows, "name") }),
                yAxis: Object.assign({ max: 100 }, plain), grid: { left: 8, right: 24, top: 28, bottom: 8, containLabel: true },
                series: [{ type: "line", symbol: "circle", symbolSize: 8, itemStyle: { color: MAIN }, lineStyle: { color: MAIN, width: 2 },
                    data: texts(rows, "value"),
                    label: Object.assign(label(function (part) { return rows[part.dataIndex].text; }), { position: "top" }) }] };
        }
    };

    document.querySelectorAll("[data-chart]").forEach(function (box) {
        var kind = box.dataset.chart, rows = data[kind];
        if (!rows.some(function (row) { return kind === "days" || row.value !== null; })) { return; }
        box.closest("figure").hidden = false;
        box.style.height = (kind === "quarters" ? 240 : Math.max(120, 40 + rows.length * 34)) + "px";
        var chart = window.echarts.init(box, null, { devicePixelRatio: Math.max(2, window.devicePixelRatio || 1) });
        function draw() {
            chart.resize();
            chart.setOption(Object.assign({ animation: false, textStyle: { fontFamily: FONT } }, charts[kind](rows, box.clientWidth)));
        }
        draw();
        new ResizeObserver(draw).observe(box);
    });
})();

for (const x of [1]) {}
break;
